import java.util.ArrayList;
import java.util.LinkedHashMap;

/**
 * Reads JSON, which Java has no class for: objects as maps, lists, strings, and anything else as its text. An application
 * that has a JSON library uses it instead.
 */
final class Json {
    private final String text;
    private int at;

    private Json(String text) { this.text = text; }

    /** Returns the value; null when the text is not JSON. */
    static Object parse(String text) {
        var json = new Json(text);
        try {
            Object value = json.value(0);
            json.skip();
            return json.at == text.length() ? value : null;
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException error) {
            return null;
        }
    }

    static String quote(String text) {
        var out = new StringBuilder("\"");
        text.chars().forEach(c -> out.append(c < 32 || c == '"' || c == '\\' ? String.format("\\u%04x", c) : (char) c));
        return out.append('"').toString();
    }

    private Object value(int depth) {
        skip();
        char first = text.charAt(at);
        if (depth > 100) throw new IllegalArgumentException();
        if (first == '"') return string();
        if (first != '{' && first != '[') {
            int start = at;
            while (at < text.length() && "+-.0123456789Eaeflnrstu".indexOf(text.charAt(at)) >= 0) at++;
            if (at == start) throw new IllegalArgumentException();
            return text.substring(start, at).equals("null") ? null : text.substring(start, at);
        }
        var map = new LinkedHashMap<String, Object>();
        var list = new ArrayList<Object>();
        at++;
        for (skip(); text.charAt(at) != first + 2; skip()) { // ] and } come two after [ and {
            if (!map.isEmpty() || !list.isEmpty()) take(',');
            if (first == '[') list.add(value(depth + 1));
            else {
                skip();
                String name = string();
                take(':');
                map.put(name, value(depth + 1));
            }
        }
        at++;
        return first == '{' ? map : list;
    }

    private String string() {
        var out = new StringBuilder();
        take('"');
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c == '\\') {
                c = text.charAt(at++);
                if (c == 'u') c = (char) Integer.parseInt(text.substring(at, at += 4), 16);
                else if ("bfnrt".indexOf(c) >= 0) c = "\b\f\n\r\t".charAt("bfnrt".indexOf(c));
            }
            out.append(c);
        }
        at++;
        return out.toString();
    }

    private void take(char c) {
        skip();
        if (text.charAt(at++) != c) throw new IllegalArgumentException();
    }

    private void skip() { while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++; }
}
