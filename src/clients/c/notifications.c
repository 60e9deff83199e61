/* A client of the notification service for devices, with libcurl (7.84 or later) and without a JSON library.
 *
 *   static char buffer[65536];                   // as long as the longest answer: your senders and "limit" decide
 *   struct notifications n = { .url = "https://notifications.example.org", .wait = 25, .limit = 1,
 *                              .buffer = buffer, .size = sizeof buffer, .token = token, .handle = handle, .stop = &stop };
 *   int refused = notifications_run(&n);         // until stop is set, by a signal handler for instance
 *
 * It uses the buffer, the structure and libcurl's own memory, and nothing else. An answer that is longer than the buffer is a
 * failure. The numbers in the comments are the requirements of docs/protocol.md. */
#include <curl/curl.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_HANDLED 256 /* P-DUP-2 */
#define MAX_DEPTH 64
#define MAX_CURSOR 1024

struct notifications {
    const char *url;
    double wait; /* seconds */
    int limit;
    char *buffer;
    size_t size, length;
    int (*token)(void *app, int refresh, char *token, size_t size); /* 0: there is a token; refresh: the last was refused */
    int (*handle)(void *app, const char *json, size_t length);      /* 0: the notification is handled */
    void *app;
    volatile sig_atomic_t *stop;
    char refused[64]; /* the service's code, when it refuses for good */
    CURL *curl;
    char bearer[8192], owed[MAX_CURSOR]; /* P-ACK-4: the cursor, as JSON, until a request with it succeeds */
    int is_refused, is_unproven;         /* the last token was refused; its successor has not been accepted yet */
    uint64_t handled[MAX_HANDLED];
    unsigned count;
};

static double now(void) { /* P-TIME-4 */
    struct timespec time;
    return clock_gettime(CLOCK_MONOTONIC, &time), time.tv_sec + time.tv_nsec / 1e9;
}

/* P-BACK-2: a random number below one. */
static double chance(void) {
    uint32_t number = 0;
    return getentropy(&number, sizeof number) == 0 ? number / 4294967296.0 : 0.5;
}

/* P-BACK-1 to 3: a random time up to a maximum that doubles, after the time that the service asked for. */
static void pause_for(struct notifications *n, int failures, double after) {
    double end = now() + after + chance() * fmin(30, 0.25 * pow(2, failures - 1));
    while (!*n->stop && now() < end) nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL); /* P-STOP-1 */
}

/* P-BACK-4: seconds or a date; anything else counts as none. */
static double retry_after(CURL *curl) {
    struct curl_header *header;
    if (curl_easy_header(curl, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return 0;
    int is_number = header->value[strspn(header->value, "0123456789")] == '\0';
    time_t date = is_number ? -1 : curl_getdate(header->value, NULL);
    return fmin(3600, is_number ? strtod(header->value, NULL) : date > 0 ? fmax(0, difftime(date, time(NULL))) : 0);
}

/* JSON. A position is null after a mistake in the text. */
static const char *skip(const char *p) { return p + strspn(p, " \t\r\n"); }

static const char *string_end(const char *p) {
    if (*p++ != '"') return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < 32) return NULL; /* also at the end of the text */
        if (*p != '\\') continue;
        if (*++p == 'u' ? strspn(p + 1, "0123456789abcdefABCDEF") < 4 : *p == '\0' || !strchr("\"\\/bfnrt", *p)) return NULL;
    }
    return p + 1;
}

static const char *digits_end(const char *p) {
    size_t length = strspn(p, "0123456789");
    return length == 0 ? NULL : p + length;
}

static const char *scalar_end(const char *p) {
    const char *const words[] = { "true", "false", "null" };
    for (int i = 0; i < 3; i++) if (strncmp(p, words[i], strlen(words[i])) == 0) return p + strlen(words[i]);
    p += *p == '-';
    p = *p == '0' ? p + 1 : digits_end(p);
    if (p != NULL && *p == '.') p = digits_end(p + 1);
    if (p != NULL && (*p == 'e' || *p == 'E')) p = digits_end(p + 1 + (p[1] == '+' || p[1] == '-'));
    return p;
}

static const char *value_end(const char *p, int depth) {
    char open = *p, close = open + 2; /* ] and } are [ and { + 2 */
    if (open == '"') return string_end(p);
    if (open != '{' && open != '[') return scalar_end(p);
    p = skip(p + 1);
    if (*p == close) return p + 1;
    for (;; p = skip(p + 1)) {
        if (open == '{' && ((p = string_end(p)) == NULL || *(p = skip(p)) != ':')) return NULL;
        if (depth > MAX_DEPTH || (p = value_end(open == '{' ? skip(p + 1) : p, depth + 1)) == NULL) return NULL;
        p = skip(p);
        if (*p != ',') return *p == close ? p + 1 : NULL;
    }
}

/* Writes the text of a string, and returns whether there was room. Escapes beyond ASCII are none: no name has any. */
static int text_of(const char *p, char *out, size_t size) {
    const char *end = string_end(p);
    size_t at = 0;
    for (p++; end != NULL && p < end - 1 && at + 1 < size; p++) {
        unsigned code = 0;
        if (*p == '\\' && *++p == 'u' && sscanf(p + 1, "%4x", &code) == 1 && code > 31 && code < 127) p += 4;
        out[at++] = code > 31 && code < 127 ? (char)code : *p;
    }
    out[at] = '\0';
    return end != NULL && p == end - 1;
}

/* Returns the value of a member of an object that is well-formed; an empty text when there is none. */
static const char *member(const char *p, const char *name) {
    char found[32];
    if (*p != '{') return "";
    for (p = skip(p + 1); *p == '"'; p = skip(*p == ',' ? p + 1 : p)) {
        int is_it = text_of(p, found, sizeof found) && strcmp(found, name) == 0;
        p = skip(skip(string_end(p)) + 1);
        if (is_it) return p;
        p = skip(value_end(p, 0));
    }
    return "";
}

static size_t keep(char *piece, size_t size, size_t count, void *into) {
    struct notifications *n = into;
    if (count >= n->size - n->length) return 0;
    memcpy(n->buffer + n->length, piece, size * count); /* the size is always 1 */
    n->buffer[n->length += count] = '\0';
    return count;
}

static int should_end(void *app, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    return (void)a, (void)b, (void)c, (void)d, *((struct notifications *)app)->stop;
}

/* Makes a request and returns its status; 0 without a whole response. A refused token is replaced once. */
static long request(struct notifications *n, const char *url, const char *post, double seconds) {
    for (long status = 0;; status = 0) {
        size_t at = sprintf(n->bearer, "Authorization: Bearer ");
        n->buffer[n->length = 0] = '\0';
        if (n->token(n->app, n->is_refused, n->bearer + at, sizeof n->bearer - at) != 0) return 0; /* P-TOKEN-4 */
        n->is_unproven |= n->is_refused, n->is_refused = 0;
        struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, n->bearer), "Content-Type: application/json");
#define SET(option, value) curl_easy_setopt(n->curl, CURLOPT_##option, value)
        curl_easy_reset(n->curl); /* P-PROXY-4: redirects are not followed unless asked for. Connections are kept. */
        SET(URL, url), SET(HTTPHEADER, headers), SET(NOSIGNAL, 1L), SET(CONNECTTIMEOUT, 10L);
        SET(TIMEOUT_MS, (long)(seconds * 1000)); /* P-TIME-2: for the whole response */
        SET(WRITEFUNCTION, keep), SET(WRITEDATA, n), SET(XFERINFOFUNCTION, should_end), SET(XFERINFODATA, n);
        if (post != NULL) SET(POSTFIELDS, post);
        else SET(NOPROGRESS, 0L); /* P-STOP-1: a poll ends at once, an acknowledgement does not */
        if (curl_easy_perform(n->curl) == CURLE_OK) curl_easy_getinfo(n->curl, CURLINFO_RESPONSE_CODE, &status);
        curl_slist_free_all(headers);
        if (status == 200 || status == 204) n->is_unproven = 0;
        n->is_refused = status == 401; /* P-TOKEN-1 */
        if (status != 401 || n->is_unproven || *n->stop) return status; /* P-TOKEN-2 */
    }
}

/* P-ACK-6: three seconds are enough, and a failure changes nothing. The form has one place, for the cursor or the ids. */
static void acknowledge(struct notifications *n, const char *form, const char *named) {
    char url[2048], body[MAX_CURSOR + 16];
    snprintf(url, sizeof url, "%s/notifications/ack", n->url);
    snprintf(body, sizeof body, form, named);
    request(n, url, body, 3);
}

/* Hands over the notifications of an answer. Returns 1 when there were new ones, -1 when the application failed, else 0. */
static int hand_over(struct notifications *n, const char *list, const char *cursor) {
    char done[MAX_CURSOR] = "";
    int result = 0, is_whole = 1;
    for (const char *p = skip(list + 1), *end; *p == '{'; p = skip(*end == ',' ? end + 1 : end)) {
        const char *id = member(p, "id");
        int length = (int)(string_end(id) - id);
        uint64_t hash = 14695981039346656037u; /* FNV-1a of the id: eight bytes for each that is remembered */
        for (int i = 0; i < length; i++) hash = (hash ^ (unsigned char)id[i]) * 1099511628211u;
        unsigned at = 0;
        while (at < MAX_HANDLED && n->handled[at] != hash) at++;
        end = skip(value_end(p, 0));
        if (*n->stop) { is_whole = 0; break; }
        if (at == MAX_HANDLED) { /* P-DUP-1 */
            if (n->handle(n->app, p, value_end(p, 0) - p) != 0) { result = -1, is_whole = 0; continue; }
            n->handled[n->count++ % MAX_HANDLED] = hash;
            if (result == 0) result = 1;
        }
        size_t used = strlen(done); /* further ids come again, and are repeats then */
        if (used + length + 2 < sizeof done) sprintf(done + used, "%s%.*s", used > 0 ? "," : "", length, id);
    }
    if (is_whole) snprintf(n->owed, sizeof n->owed, "%.*s", (int)(string_end(cursor) - cursor), cursor); /* P-ACK-3 */
    else if (done[0] != '\0') acknowledge(n, "{\"ids\":[%s]}", done); /* P-ACK-7 */
    return result;
}

/* P-PROXY-3: an answer has a cursor, and a list of notifications with ids. */
static int is_answer(struct notifications *n, const char *text) {
    const char *end = value_end(text, 0), *cursor = member(end ? text : "", "cursor"), *p = member(end ? text : "", "notifications");
    if (end == NULL || skip(end) != n->buffer + n->length || *cursor != '"' || string_end(cursor) - cursor >= MAX_CURSOR || *p != '[') return 0;
    for (p = skip(p + 1); *p == '{'; p = skip(*p == ',' ? p + 1 : p)) {
        if (*member(p, "id") != '"') return 0;
        p = skip(value_end(p, 0));
    }
    return *p == ']';
}

/* P-PROXY-1 and 2: only the service's own refusals are final. A proxy answers 404 during a deploy. */
static int is_final(struct notifications *n, long status, const char *text) {
    char code[32];
    snprintf(code, sizeof code, " %ld ", status);
    if (strstr(" 400 403 404 405 410 413 414 431 ", code) == NULL || value_end(text, 0) == NULL || *member(text, "message") != '"' || *member(text, "context") != '"') return 0;
    return text_of(member(text, "error"), n->refused, sizeof n->refused) && strncmp(n->refused, "ERROR_", 6) == 0;
}

/* Returns 0 when it was stopped, and 1 when the service refuses for good. */
int notifications_run(struct notifications *n) {
    char url[MAX_CURSOR * 3 + 2048], cursor[MAX_CURSOR];
    int failures = 0, result = 0;
    n->curl = curl_easy_init();
    while (!*n->stop && result == 0) {
        double start = now(), wait = n->wait * (1 - chance() / 10); /* P-POLL-3 */
        text_of(n->owed[0] ? n->owed : "\"\"", cursor, sizeof cursor);
        char *escaped = curl_easy_escape(n->curl, cursor, 0);
        snprintf(url, sizeof url, "%s/notifications?ack=next&wait=%.3f&limit=%d&cursor=%s", n->url, wait, n->limit, escaped);
        curl_free(escaped);
        int news = -1;
        long status = request(n, url, NULL, wait + 10); /* P-TIME-1 */
        double after = status != 0 ? retry_after(n->curl) : 0;
        const char *text = skip(n->buffer);
        if (status == 204 || (status == 200 && is_answer(n, text))) n->owed[0] = '\0', news = 0;
        if (status == 200 && news == 0) news = hand_over(n, member(text, "notifications"), member(text, "cursor"));
        if (is_final(n, status, text)) result = 1;
        if (news == 1 || (news == 0 && now() - start > 0.5)) failures = 0; /* P-BACK-5 */
        else if (++failures > 1 || news == -1) pause_for(n, failures, after); /* P-BACK-7 */
    }
    if (n->owed[0] != '\0') acknowledge(n, "{\"cursor\":%s}", n->owed); /* P-ACK-5 */
    curl_easy_cleanup(n->curl);
    return result;
}
