/*
 * An FTP client that is cheaper than any server: it tells a server's speed, not its own.
 *
 *   load fill FILE BYTES                          writes the pattern that "get" expects and "put" sends
 *   load JOB PORT USER PASSWORD [KEY=VALUE ...]   on 127.0.0.1
 *
 *   get    name= bytes= streams=1 tls=0 drop=0 check=0    RETR; drop=1 lets the kernel discard the bytes, check=1 compares each
 *   put    name= bytes= streams=1 tls=0                   STOR name.0, name.1, ...
 *   small  count= bytes= tls=0                            STOR, then RETR, one control connection, EPSV for each
 *   login  count= at=8 tls=0                              connect, USER, PASS, QUIT
 *   list   name= count=                                   MLSD, count times
 *   hold   count= at=8                                    logs in and keeps the sessions
 *
 * What is timed stands between a line "begin" and a line "end SECONDS [FIGURE ...]" on stdout; after each a line is awaited on stdin, so that
 * the driver can read the server's CPU clock while nothing moves.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATTERN = 1 << 20, PIECE = 256 << 10, TIMEOUT_S = 60 };

static struct { int port, streams, tls, drop, check, count, at; long long bytes; const char *user, *password, *name; } want =
    { .streams = 1, .count = 1, .at = 8, .name = "" };
static unsigned char *pattern;
static SSL_CTX *tls_client;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s%s%s\n", what, detail, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void make_pattern(void)
{
    unsigned long long x = 0x9E3779B97F4A7C15ull;
    pattern = malloc(PATTERN);
    for (int i = 0; i < PATTERN; i += 8) {
        x ^= x << 13; x ^= x >> 7; x ^= x << 17;
        memcpy(pattern + i, &x, 8);
    }
}

/* ---------------- what the driver hears and says ---------------- */

static void await_driver(void)
{
    char line[16];
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) exit(0);
}

static double begin(void)
{
    puts("begin");
    await_driver();
    return seconds();
}

static void end(double since, const char *figures, ...)
{
    double took = seconds() - since;
    va_list a;
    va_start(a, figures);
    printf("end %.6f ", took);
    vprintf(figures, a);
    va_end(a);
    puts("");
    await_driver();
}

/* ---------------- a line: plain or TLS ---------------- */

struct line { int fd; SSL *tls; };

static int line_open(struct line *l, int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = TIMEOUT_S };
    int on = 1;
    l->tls = NULL;
    l->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return connect(l->fd, (struct sockaddr *)&to, sizeof to);
}

static void line_secure(struct line *l, SSL *control)
{
    l->tls = SSL_new(tls_client);
    SSL_set_fd(l->tls, l->fd);
    SSL_SESSION *known = control ? SSL_get1_session(control) : NULL;
    if (known) {                                    /* a data connection resumes the control connection's session, as FileZilla and curl do */
        SSL_set_session(l->tls, known);
        SSL_SESSION_free(known);
    }
    if (SSL_connect(l->tls) != 1) fail("TLS", "no handshake");
}

static long line_read(struct line *l, void *to, size_t room)
{
    return l->tls ? SSL_read(l->tls, to, room) : recv(l->fd, to, room, want.drop && room > PIECE ? MSG_TRUNC : 0);
}

static void line_write(struct line *l, const void *from, size_t count)
{
    while (count > 0) {
        long put = l->tls ? SSL_write(l->tls, from, count) : send(l->fd, from, count, MSG_NOSIGNAL);
        if (put <= 0) fail("send", "refused");
        from = (const char *)from + put;
        count -= put;
    }
}

static void line_close(struct line *l, int is_sender)
{
    if (l->tls) SSL_shutdown(l->tls);
    if (is_sender) {
        /* The server's session tickets lie unread; close() would answer them with RST, which may overtake the end of the file. */
        char rest[4096];
        shutdown(l->fd, SHUT_WR);
        while (recv(l->fd, rest, sizeof rest, 0) > 0) { }
    }
    SSL_free(l->tls);
    close(l->fd);
}

/* ---------------- the control connection ---------------- */

struct session { struct line line; char in[1024], reply[512]; int used, got; };

static int next_byte(struct session *s)
{
    if (s->used == s->got) {
        s->used = 0;
        s->got = line_read(&s->line, s->in, sizeof s->in);
        if (s->got <= 0) { s->got = 0; return -1; }
    }
    return (unsigned char)s->in[s->used++];
}

/* The code of a whole reply (RFC 959, section 4.2: "123-" goes on until a line with "123 "). */
static int reply(struct session *s)
{
    char first[4] = "";
    for (;;) {
        int n = 0, b;
        while ((b = next_byte(s)) != '\n') {
            if (b < 0) { strcpy(s->reply, "the line ended"); return -1; }
            if (n < (int)sizeof s->reply - 1) s->reply[n++] = b;
        }
        s->reply[n] = 0;
        if (n < 4) continue;
        if (!*first) memcpy(first, s->reply, 3);
        if (s->reply[3] == ' ' && !memcmp(first, s->reply, 3)) return atoi(first);
    }
}

static int tell(struct session *s, const char *format, ...)
{
    char command[512];
    va_list a;
    va_start(a, format);
    int n = vsnprintf(command, sizeof command - 2, format, a);
    va_end(a);
    memcpy(command + n, "\r\n", 2);
    line_write(&s->line, command, n + 2);
    return reply(s);
}

static void must(struct session *s, int code, int expected)
{
    if (code != expected && !(expected == 150 && code == 125) && !(expected == 226 && code == 250)) {
        errno = 0;
        fail("unexpected reply", s->reply);
    }
}

static int log_in(struct session *s)
{
    s->used = s->got = 0;
    if (line_open(&s->line, want.port) || reply(s) != 220) return 0;
    if (want.tls) {
        must(s, tell(s, "AUTH TLS"), 234);
        line_secure(&s->line, NULL);
    }
    if (tell(s, "USER %s", want.user) != 331 || tell(s, "PASS %s", want.password) != 230) return 0;
    if (want.tls) {
        must(s, tell(s, "PBSZ 0"), 200);
        must(s, tell(s, "PROT P"), 200);
    }
    return 1;
}

static void start(struct session *s)
{
    if (!log_in(s)) fail("login", s->reply);
    must(s, tell(s, "TYPE I"), 200);
}

static void quit(struct session *s)
{
    tell(s, "QUIT");
    SSL_free(s->line.tls);
    close(s->line.fd);
}

static void transfer(struct session *s, struct line *data, const char *verb, const char *name)
{
    must(s, tell(s, "EPSV"), 229);
    const char *port = strstr(s->reply, "(|||");
    if (!port || line_open(data, atoi(port + 4))) fail("data connection", s->reply);
    must(s, tell(s, "%s %s", verb, name), 150);
    if (want.tls) line_secure(data, s->line.tls);
}

static void expect(const unsigned char *got, long count, long long at)
{
    while (count > 0) {
        long offset = at % PATTERN, n = count < PATTERN - offset ? count : PATTERN - offset;
        if (memcmp(got, pattern + offset, n)) fail("get", "other bytes came than were stored");
        got += n; at += n; count -= n;
    }
}

static long long receive(struct line *data, unsigned char *buffer, int compare)
{
    long long total = 0;
    for (long n; (n = line_read(data, buffer, want.drop && !data->tls ? 16 << 20 : PIECE)) > 0; total += n)
        if (compare) expect(buffer, n, total);
    return total;
}

static void deliver(struct line *data, long long bytes)
{
    for (long long at = 0; at < bytes; at += PIECE)
        line_write(data, pattern + at % PATTERN, bytes - at < PIECE ? bytes - at : PIECE);
}

/* ---------------- the jobs ---------------- */

static pthread_barrier_t gate;

static void *stream(void *index)
{
    struct session s;
    struct line data;
    char name[256];
    int is_put = index != NULL;
    unsigned char *buffer = malloc(PIECE);
    snprintf(name, sizeof name, is_put ? "%s.%ld" : "%s", want.name, (long)index - 1);
    start(&s);
    pthread_barrier_wait(&gate);                    /* everybody is logged in */
    pthread_barrier_wait(&gate);                    /* the clock runs */
    transfer(&s, &data, is_put ? "STOR" : "RETR", name);
    if (is_put) deliver(&data, want.bytes);
    else if (receive(&data, buffer, want.check) != want.bytes) fail("get", "not as many bytes as there are");
    line_close(&data, is_put);
    must(&s, reply(&s), 226);
    pthread_barrier_wait(&gate);                    /* the clock stops */
    quit(&s);
    free(buffer);
    return NULL;
}

static void bulk(int is_put)
{
    pthread_t threads[64];
    if (want.streams > 64) want.streams = 64;
    pthread_barrier_init(&gate, NULL, want.streams + 1);
    for (long i = 0; i < want.streams; i++) pthread_create(&threads[i], NULL, stream, is_put ? (void *)(i + 1) : NULL);
    pthread_barrier_wait(&gate);
    double since = begin();
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    end(since, "%.4f", own.ru_utime.tv_sec + own.ru_stime.tv_sec + (own.ru_utime.tv_usec + own.ru_stime.tv_usec) * 1e-6);
    for (int i = 0; i < want.streams; i++) pthread_join(threads[i], NULL);
}

static void small(void)
{
    struct session s;
    struct line data;
    char name[64];
    unsigned char *buffer = malloc(PIECE);
    start(&s);
    for (int is_put = 1; is_put >= 0; is_put--) {
        double since = begin();
        for (int i = 0; i < want.count; i++) {
            snprintf(name, sizeof name, "small-%05d", i);
            transfer(&s, &data, is_put ? "STOR" : "RETR", name);
            if (is_put) deliver(&data, want.bytes);
            else if (receive(&data, buffer, 1) != want.bytes) fail("small", name);
            line_close(&data, is_put);
            must(&s, reply(&s), 226);
        }
        end(since, "");
    }
    quit(&s);
}

static int taken, refused;

static void *log_in_often(void *unused)
{
    struct session s;
    while (__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED) < want.count) {
        if (log_in(&s)) quit(&s);
        else {
            close(s.line.fd);
            __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
        }
    }
    return unused;
}

static struct session *held;

static void *log_in_and_stay(void *unused)
{
    for (int i; (i = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED)) < want.count; )
        if (!log_in(&held[i])) __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
    return unused;
}

static void crowd(void *(*one)(void *))
{
    pthread_t threads[64];
    int n = want.at < 64 ? want.at : 64;
    double since = begin();
    for (int i = 0; i < n; i++) pthread_create(&threads[i], NULL, one, NULL);
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
    end(since, "%d", refused);
}

/* After "end" the driver weighs the server; then each session has to be alive. */
static void hold(void)
{
    int alive = 0;
    held = calloc(want.count, sizeof *held);
    crowd(log_in_and_stay);
    for (int i = 0; i < want.count; i++) alive += tell(&held[i], "NOOP") == 200;
    printf("alive %d\n", alive);
}

static void list(void)
{
    struct session s;
    struct line data;
    unsigned char *buffer = malloc(PIECE);
    start(&s);
    for (int i = 0; i < want.count; i++) {
        long lines = 0;
        double since = begin();
        transfer(&s, &data, "MLSD", want.name);
        for (long n; (n = line_read(&data, buffer, PIECE)) > 0; )
            for (unsigned char *p = buffer; (p = memchr(p, '\n', buffer + n - p)); p++) lines++;
        line_close(&data, 0);
        must(&s, reply(&s), 226);
        end(since, "%ld", lines);
    }
    quit(&s);
}

static void fill(const char *path, long long bytes)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    for (long long at = 0; at < bytes; ) {
        long n = write(fd, pattern, bytes - at < PATTERN ? bytes - at : PATTERN);
        if (n <= 0) fail("fill", path);
        at += n;
    }
    close(fd);
}

static void take(const char *pair)
{
    const char *is = strchr(pair, '=');
    struct { const char *key; int *number; } numbers[] = { { "streams", &want.streams }, { "tls", &want.tls }, { "drop", &want.drop },
        { "check", &want.check }, { "count", &want.count }, { "at", &want.at } };
    if (!is) fail("not KEY=VALUE", pair);
    if (!strncmp(pair, "name=", 5)) { want.name = is + 1; return; }
    if (!strncmp(pair, "bytes=", 6)) { want.bytes = atoll(is + 1); return; }
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strncmp(pair, numbers[i].key, is - pair)) { *numbers[i].number = atoi(is + 1); return; }
    fail("unknown key", pair);
}

int main(int argc, char **argv)
{
    make_pattern();
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && !strcmp(argv[1], "fill")) { fill(argv[2], atoll(argv[3])); return 0; }
    if (argc < 5) fail("usage", "load JOB PORT USER PASSWORD [KEY=VALUE ...]");
    const char *job = argv[1];
    want.port = atoi(argv[2]);
    want.user = argv[3];
    want.password = argv[4];
    for (int i = 5; i < argc; i++) take(argv[i]);
    tls_client = SSL_CTX_new(TLS_client_method());
    if (!strcmp(job, "get")) bulk(0);
    else if (!strcmp(job, "put")) bulk(1);
    else if (!strcmp(job, "small")) small();
    else if (!strcmp(job, "login")) crowd(log_in_often);
    else if (!strcmp(job, "list")) list();
    else if (!strcmp(job, "hold")) hold();
    else fail("unknown job", job);
    return 0;
}
