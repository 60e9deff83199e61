import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.*;

/**
 * A client of the notification service, with nothing but java.net.http (Java 17; also from Kotlin). The numbers in the
 * comments are the requirements of docs/protocol.md.
 *
 * <pre>{@code
 * var client = new Notifications("https://notifications.example.org", refresh -> session.token(refresh), 25);
 * client.run(notification -> show(notification.get("body"))); // until client.stop(), from another thread
 * }</pre>
 */
@SuppressWarnings({"serial", "unchecked"})
public final class Notifications {
    /** Returns a bearer token: a new one when refresh is true, because the last was refused. */
    public interface TokenSource { String token(boolean refresh) throws Exception; }

    /** Returns when the notification is handled, or throws. The members are those of the JSON text. */
    public interface Handler { void handle(Map<String, Object> notification) throws Exception; }

    /** The service refuses for good. The message is its code, such as ERROR_FORBIDDEN. */
    public static final class Refused extends Exception {
        Refused(Object error) { super((String) ((Map<?, ?>) error).get("error")); }
    }

    /** Something failed that may pass. The service may have asked for a pause. */
    private static final class Failure extends Exception {
        final double retryAfter;
        Failure(String message, double retryAfter) { super(message); this.retryAfter = retryAfter; }
    }

    private record Answer(int status, String text, String retryAfter) {}
    private static final Set<Integer> FINAL = Set.of(400, 403, 404, 405, 410, 413, 414, 431);
    private final HttpClient http = HttpClient.newBuilder() // P-PROXY-4: redirects are not followed unless asked for
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();
    private final CompletableFuture<Object> stopped = new CompletableFuture<>();
    private final LinkedHashSet<String> handled = new LinkedHashSet<>();
    private final String url;
    private final TokenSource tokens;
    private final double wait;
    private String token;
    private boolean refresh, news; // no token was accepted since the last was refused; something in the last answer was new

    public Notifications(String url, TokenSource tokens, double waitSeconds) {
        this.url = url + "/notifications";
        this.tokens = tokens;
        this.wait = waitSeconds;
    }

    /** Ends {@code run}, which first lets the handler return and acknowledges what was handled. */
    public void stop() { stopped.complete(null); }

    /** Calls the handler with each notification, until it is stopped. */
    public void run(Handler handler) throws Refused, InterruptedException {
        String owed = ""; // P-ACK-4: the cursor of the last response that was handled, until a request with it succeeds
        for (int failures = 0; !stopped.isDone();) {
            long started = System.nanoTime(); // P-TIME-4
            try {
                Map<?, ?> answer = poll(owed);
                owed = "";
                owed = handOver(answer, handler);
                failures = news || System.nanoTime() - started > 500_000_000 ? 0 : failures + 1; // P-BACK-5
                if (failures > 1) pause(failures - 1, 0); // P-BACK-7
            } catch (Failure failure) {
                pause(++failures, failure.retryAfter);
            }
        }
        if (!owed.isEmpty()) acknowledge("{\"cursor\":" + Json.quote(owed) + "}"); // P-ACK-5
    }

    /** Returns the cursor that is owed from now on. */
    private String handOver(Map<?, ?> answer, Handler handler) throws Failure, InterruptedException {
        var all = (List<Map<String, Object>>) answer.get("notifications");
        var done = new ArrayList<String>();
        Exception problem = null;
        news = false;
        for (var notification : all) {
            String id = (String) notification.get("id");
            if (stopped.isDone()) break;
            if (!handled.contains(id)) { // P-DUP-1
                try {
                    handler.handle(notification);
                } catch (Exception error) {
                    problem = error;
                    continue;
                }
                news = handled.add(id);
                if (handled.size() > 1000) handled.remove(handled.iterator().next()); // P-DUP-2
            }
            done.add(Json.quote(id));
        }
        if (done.size() == all.size()) return (String) answer.get("cursor");
        if (!done.isEmpty()) acknowledge("{\"ids\":[" + String.join(",", done) + "]}"); // P-ACK-7
        if (problem != null) throw new Failure("the application could not handle a notification: " + problem, 0);
        return "";
    }

    /** P-BACK-1 to 3: a random time up to a maximum that doubles, after the time that the service asked for. */
    private void pause(int failures, double retryAfter) throws InterruptedException {
        await(stopped, retryAfter + Math.random() * Math.min(30, 0.25 * Math.pow(2, failures - 1))); // P-STOP-1
    }

    private Map<?, ?> poll(String cursor) throws Failure, Refused, InterruptedException {
        double seconds = wait * (1 - Math.random() / 10); // P-POLL-3
        String query = String.format(Locale.ROOT, "?ack=next&wait=%.3f&cursor=%s", seconds, URLEncoder.encode(cursor, UTF_8));
        Answer answer = request(query, null, seconds + 10); // P-TIME-1
        if (answer.status == 204) return Map.of("notifications", List.of(), "cursor", "");
        boolean isWhole = Json.parse(answer.text) instanceof Map<?, ?> map && map.get("cursor") instanceof String
                && map.get("notifications") instanceof List<?> list
                && list.stream().allMatch(one -> one instanceof Map<?, ?> members && members.get("id") instanceof String);
        if (!isWhole) throw new Failure("the answer is not from the service", 0); // P-PROXY-3
        return (Map<?, ?>) Json.parse(answer.text);
    }

    private void acknowledge(String body) throws InterruptedException {
        try {
            request("/ack", body, 3);
        } catch (Failure | Refused error) {
            // P-ACK-6: the notifications only come again.
        }
    }

    /** Returns the response to a request that succeeded. A refused token is replaced once. */
    private Answer request(String path, String body, double seconds) throws Failure, Refused, InterruptedException {
        try {
            if (token == null) token = Objects.requireNonNull(tokens.token(refresh));
        } catch (Exception error) {
            throw new Failure("there is no token: " + error, 0); // P-TOKEN-4
        }
        Answer answer = exchange(path, body, seconds);
        boolean wasRenewed = refresh;
        refresh = answer.status == 401 || (refresh && answer.status != 200 && answer.status != 204);
        if (answer.status == 200 || answer.status == 204) return answer;
        if (answer.status == 401) token = null; // P-TOKEN-1
        if (answer.status == 401 && !wasRenewed && !stopped.isDone()) return request(path, body, seconds); // P-TOKEN-2
        // P-PROXY-1 and 2: only the service's own refusals are final. A proxy answers 404 during a deploy.
        boolean isOwn = Json.parse(answer.text) instanceof Map<?, ?> error && error.get("message") instanceof String
                && error.get("context") instanceof String && String.valueOf(error.get("error")).startsWith("ERROR_");
        if (isOwn && FINAL.contains(answer.status)) throw new Refused(Json.parse(answer.text));
        throw new Failure("the status is " + answer.status, seconds(answer.retryAfter));
    }

    private Answer exchange(String path, String body, double seconds) throws Failure, InterruptedException {
        var builder = HttpRequest.newBuilder(URI.create(url + path)).header("Authorization", "Bearer " + token);
        if (body != null) builder.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        var sending = http.sendAsync(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
        var reading = sending.thenApplyAsync(response -> {
            try (InputStream stream = response.body()) {
                String text = new String(stream.readNBytes(8 << 20), UTF_8); // what is cut off there is no JSON
                return new Answer(response.statusCode(), text, response.headers().firstValue("Retry-After").orElse(""));
            } catch (IOException error) {
                throw new CompletionException(error);
            }
        });
        // P-TIME-2: the time-out of a request ends with the head of its response. P-STOP-1: a poll ends at once.
        Object answer = await(body == null ? CompletableFuture.anyOf(reading, stopped) : reading, seconds);
        if (answer instanceof Answer whole) return whole;
        sending.cancel(true);
        sending.thenAcceptAsync(response -> close(response.body()));
        throw new Failure("the service did not answer", 0);
    }

    private static void close(InputStream body) {
        try {
            body.close(); // ends a read that waits
        } catch (IOException error) {
            throw new CompletionException(error);
        }
    }

    /** Returns the result, or null when there is none within the time. */
    private static Object await(CompletableFuture<?> future, double seconds) throws InterruptedException {
        try {
            return future.get((long) (seconds * 1000), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException error) {
            return null;
        }
    }

    /** P-BACK-4: seconds or a date; anything else counts as none. */
    private static double seconds(String retryAfter) {
        if (retryAfter.matches("[0-9]+")) return Math.min(Double.parseDouble(retryAfter), 3600);
        try {
            var date = ZonedDateTime.parse(retryAfter, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Math.max(0, Math.min(Duration.between(Instant.now(), date).toMillis() / 1000.0, 3600));
        } catch (DateTimeException error) {
            return 0;
        }
    }
}
