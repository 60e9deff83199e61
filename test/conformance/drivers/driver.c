/* Drives the C client by lines of JSON; see docs/conformance.md. */
#include "notifications.c"
#include <pthread.h>
#include <stdlib.h>

static volatile sig_atomic_t stop;
static char first[256], token_text[256], url[256], wait_text[32], buffer[4 * 1024 * 1024];
static int has_started, has_token, has_answer, is_handled;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

/* Waits until the kit has written something, and clears the mark of it. */
static void await(int *mark) {
    pthread_mutex_lock(&mutex);
    while (!*mark) pthread_cond_wait(&change, &mutex);
    *mark = 0;
    pthread_mutex_unlock(&mutex);
}

static int token(void *app, int refresh, char *out, size_t size) {
    (void)app;
    static int is_newer;
    if (refresh) {
        puts("{\"type\":\"token\"}");
        await(&has_token);
        is_newer = 1;
    }
    const char *text = is_newer ? token_text : first;
    snprintf(out, size, "%s", text);
    return *text == '\0';
}

static int handle(void *app, const char *json, size_t length) {
    (void)app;
    printf("{\"type\":\"notification\",\"notification\":");
    for (size_t i = 0; i < length; i++) putchar(json[i] == '\n' || json[i] == '\r' ? ' ' : json[i]);
    puts("}");
    await(&has_answer);
    return !is_handled;
}

static void *read_lines(void *app) {
    static char line[4096], type[32], answer[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        text_of(member(line, "type"), type, sizeof type);
        pthread_mutex_lock(&mutex);
        if (strcmp(type, "start") == 0) {
            text_of(member(line, "url"), url, sizeof url);
            text_of(member(line, "token"), first, sizeof first);
            sscanf(member(line, "wait"), "%31[0-9.]", wait_text);
            has_started = 1;
        } else if (strcmp(type, "token") == 0) {
            if (!text_of(*member(line, "token") == '"' ? member(line, "token") : "\"\"", token_text, sizeof token_text)) exit(1);
            has_token = 1;
        } else if (strcmp(type, "stop") == 0) {
            stop = 1;
        } else {
            snprintf(answer, sizeof answer, "%s", type);
            is_handled = strcmp(answer, "acknowledge") == 0;
            has_answer = 1;
        }
        pthread_cond_broadcast(&change);
        pthread_mutex_unlock(&mutex);
    }
    /* The kit has ended, and nobody will answer any more. */
    (void)app;
    _exit(1);
}

int main(void) {
    pthread_t reader;
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    puts("{\"type\":\"ready\",\"transports\":[\"long-poll\"]}");
    pthread_create(&reader, NULL, read_lines, NULL);
    await(&has_started);
    struct notifications n = { .url = url, .wait = atof(wait_text), .limit = 20, .buffer = buffer, .size = sizeof buffer,
                               .token = token, .handle = handle, .stop = &stop };
    if (notifications_run(&n) == 0) puts("{\"type\":\"ended\"}");
    else printf("{\"type\":\"ended\",\"error\":\"%s\"}\n", n.refused);
    fflush(stdout);
    _exit(0);
}
