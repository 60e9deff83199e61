import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.regex.Pattern;

/**
 * Reads JSON, which Java has no class for: objects as maps, lists, strings, numbers as Double, and Boolean. An application that
 * has a JSON library uses it instead.
 */
final class Json {
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
    private static final Pattern FOUR_DIGITS = Pattern.compile("[0-9a-fA-F]{4}");
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
        if (first == 't') return word("true", true);
        if (first == 'f') return word("false", false);
        if (first == 'n') return word("null", null);
        if (first != '{' && first != '[') return Double.valueOf(next(NUMBER));
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
            if (c < 32) throw new IllegalArgumentException();
            if (c == '\\') {
                c = text.charAt(at++);
                // The index of any other escape is -1, which throws.
                c = c == 'u' ? (char) Integer.parseInt(next(FOUR_DIGITS), 16) : "\"\\/\b\f\n\r\t".charAt("\"\\/bfnrt".indexOf(c));
            }
            out.append(c);
        }
        at++;
        return out.toString();
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw new IllegalArgumentException();
        at += word.length();
        return value;
    }

    /** Returns the text from here on that has this form. */
    private String next(Pattern form) {
        var matcher = form.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) throw new IllegalArgumentException();
        at = matcher.end();
        return matcher.group();
    }

    private void take(char c) {
        skip();
        if (text.charAt(at++) != c) throw new IllegalArgumentException();
    }

    private void skip() { while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++; }
}
