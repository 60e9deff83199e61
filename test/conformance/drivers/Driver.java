import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;

/** Drives the Java client by lines of JSON; see docs/conformance.md. */
final class Driver {
    private static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final LinkedBlockingQueue<Boolean> handled = new LinkedBlockingQueue<>();
    private static final LinkedBlockingQueue<String> tokens = new LinkedBlockingQueue<>();

    public static void main(String[] args) throws Exception {
        Notifications client = null;
        out.println("{\"type\":\"ready\",\"transports\":[\"long-poll\"]}");
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = input.readLine(); text != null; text = input.readLine()) {
            var line = (Map<?, ?>) Json.parse(text);
            switch ((String) line.get("type")) {
                case "start" -> client = start(line);
                case "acknowledge" -> handled.add(true);
                case "fail" -> handled.add(false);
                case "token" -> tokens.add(line.get("token") instanceof String token ? token : "");
                case "stop" -> client.stop();
                default -> { }
            }
        }
        // The kit has ended, and nobody will answer any more.
        Runtime.getRuntime().halt(1);
    }

    private static Notifications start(Map<?, ?> line) {
        double wait = (Double) line.get("wait");
        var client = new Notifications((String) line.get("url"), refresh -> {
            if (!refresh) return (String) line.get("token");
            out.println("{\"type\":\"token\"}");
            String token = tokens.take();
            return token.isEmpty() ? null : token;
        }, wait);
        new Thread(() -> {
            String error = "null";
            try {
                client.run(notification -> {
                    out.println("{\"type\":\"notification\",\"notification\":" + json(notification) + "}");
                    if (!handled.take()) throw new Exception("the application failed");
                });
            } catch (Notifications.Refused refused) {
                error = Json.quote(refused.getMessage());
            } catch (InterruptedException interrupted) {
                error = "\"interrupted\"";
            }
            out.println("{\"type\":\"ended\",\"error\":" + error + "}");
            Runtime.getRuntime().halt(0);
        }).start();
        return client;
    }

    private static String json(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> Json.quote((String) entry.getKey()) + ":" + json(entry.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) return list.stream().map(Driver::json).collect(Collectors.joining(",", "[", "]"));
        return value instanceof String string ? Json.quote(string) : String.valueOf(value);
    }
}
