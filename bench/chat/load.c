/*
 * The members of chat rooms and those who write to them, on one core: it tells a server's cost, not its own.
 *
 *   load protocol=redis|nats|irc|switchboard|switchboard-tls port= server=PID [KEY=VALUE ...]      on 127.0.0.1
 *
 *   members=100 rooms=1 publishers=1     member i only listens, in room i % rooms; publisher p writes into the rooms r with r % publishers == p
 *   window=256                           most messages on their way to the average member of a room
 *   at=128                               most handshakes under way at once (logins of Switchboard go one after the other)
 *   user= token= fingerprint=            how Switchboard is logged in to, with a device token
 *   warm=4000 milliseconds=3000          publishes for so long before it counts, and counts for so long
 *   mode=full                            what deliveries cost
 *   mode=slow                            the same; 3 s after the warming the first member stops reading, and reads on after the counting
 *   mode=idle                            growth of the server's memory for each member; nobody publishes
 *
 * The server is a fresh one. Every text has a mark and its number in the room, so that each member can tell what is lost, left out
 * or repeated. One line of JSON on stdout.
 */
#define _GNU_SOURCE
#include "login.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TEXT = 100, DIGITS = 5, BATCH = 64, FRAME = 256, REST = 4096, PIECE = 64 << 10, TIMEOUT_S = 60, QUIET_S = 15, ALIVE_S = 15, SLOW_AFTER_S = 3 };
#define SETTLE_S 1.5
#define MARK "<~>"

static struct {
    int port, server, members, rooms, publishers, window, at, warm, milliseconds;
    const char *protocol, *mode;
    struct login login;
} want = { .members = 100, .rooms = 1, .publishers = 1, .window = 256, .at = 128, .warm = 4000, .milliseconds = 3000,
           .protocol = "", .mode = "full", .login = { .user = "", .token = "", .fingerprint = "" } };

struct frame { long length, text, same; };          /* where its text begins; how many of its first bytes every message of the room has */
struct room { char name[16], frame[FRAME]; int length, number_at; long long listeners, sent, heard; };

struct line {
    int fd, is_member, index, step, awaited, is_over, is_blocked;
    SSL *tls;
    const char *until;                              /* what ends this step of the handshake */
    struct room *room;
    long long heard, next;
    double last;
    struct frame shape;                             /* of the message before: the next one mostly looks the same */
    char start[FRAME], rest[REST];
    int kept, turn, out_at, out_end;
    char *out;                                      /* a publisher's */
};

static struct room *rooms;
static struct line *members, *publishers, *slow;
static int poll_fd, under_way, is_publishing, is_switchboard;
static long long heard, gaps, repeats, written, writes;
static struct { double since, longest, server, own; long long heard; long memory; } mark;
static clockid_t server_clock;

void fail(const char *format, ...)
{
    va_list a;
    va_start(a, format);
    fprintf(stderr, "%s: ", want.protocol);
    vfprintf(stderr, format, a);
    fputs("\n", stderr);
    exit(1);
}

static double clock_of(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t)) fail("clock of the server: %m");
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double seconds(void) { return clock_of(CLOCK_MONOTONIC); }

static long server_memory(void)
{
    char path[64], field[128];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", want.server);
    FILE *status = fopen(path, "r");
    while (status && fgets(field, sizeof field, status) && sscanf(field, "VmRSS: %ld", &kib) != 1) { }
    if (kib < 0) fail("%s tells no VmRSS", path);
    fclose(status);
    return kib;
}

/* ---------------- a line: plain or TLS ---------------- */

static void watch(struct line *l, int how, unsigned events)
{
    struct epoll_event e = { .events = events, .data.ptr = l };
    if (epoll_ctl(poll_fd, how, l->fd, &e)) fail("epoll: %m");
}

static int would_wait(struct line *l, long result)
{
    int why = l->tls ? SSL_get_error(l->tls, result) : 0;
    return l->tls ? why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE : result < 0 && errno == EAGAIN;
}

static long line_read(struct line *l, void *to, size_t room) { return l->tls ? SSL_read(l->tls, to, room) : recv(l->fd, to, room, 0); }

static long line_write(struct line *l, const void *from, size_t count)
{
    long put = l->tls ? SSL_write(l->tls, from, count) : send(l->fd, from, count, MSG_NOSIGNAL);
    if (put <= 0 && !would_wait(l, put)) fail("cannot send on a %s's line", l->is_member ? "member" : "publisher");
    return put > 0 ? put : 0;
}

static void flush(struct line *l)
{
    l->out_at += line_write(l, l->out + l->out_at, l->out_end - l->out_at);
    int is_blocked = l->out_at < l->out_end;
    if (!is_blocked) l->out_at = l->out_end = 0;
    if (is_blocked != l->is_blocked) watch(l, EPOLL_CTL_MOD, is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    l->is_blocked = is_blocked;
}

/* What is said in text, and for Switchboard the header of a frame. */
static int compose(char *to, int room, const char *format, va_list a)
{
    int head = is_switchboard ? 4 : 0, length = vsnprintf(to + head, room - head, format, a);
    unsigned shown = htonl(length);
    if (length >= room - head) fail("too long to say: %s", to + head);
    memcpy(to, &shown, head);
    return head + length;
}

static void say(struct line *l, const char *format, ...)
{
    char words[REST];
    va_list a;
    va_start(a, format);
    int length = compose(words, sizeof words, format, a);
    va_end(a);
    if (l->out_end > 0) {                           /* never within a message that is half written */
        if (l->out_end + length > BATCH * FRAME + REST) fail("the server asks, and reads no answers");
        memcpy(l->out + l->out_end, words, length);
        l->out_end += length;
    }
    else if (line_write(l, words, length) != length) fail("the server does not read");
}

/* ---------------- handshakes ---------------- */

static void greet(struct line *l)
{
    const char *room = l->room->name, kind = l->is_member ? 'm' : 'p';
    l->awaited = 1;
    if (!strcmp(want.protocol, "redis")) {
        l->until = l->is_member ? "subscribe" : "+PONG";
        if (l->is_member) say(l, "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\n%s\r\n", strlen(room), room);
        else say(l, "*1\r\n$4\r\nPING\r\n");
    }
    else if (!strcmp(want.protocol, "nats")) {
        l->until = "PONG";
        say(l, "CONNECT {\"verbose\":false}\r\n");
        if (l->is_member) say(l, "SUB %s 1\r\n", room);
        say(l, "PING\r\n");
    }
    else if (l->step == 0) {
        l->until = " 001 ";
        say(l, "NICK %c%d\r\nUSER %c%d 0 * :%c%d\r\n", kind, l->index, kind, l->index, kind, l->index);
    }
    else {
        l->until = " 366 ";
        say(l, "JOIN #%s\r\n", room);
        for (int r = l->index + want.publishers; !l->is_member && r < want.rooms; r += want.publishers, l->awaited++) say(l, "JOIN #%s\r\n", rooms[r].name);
    }
}

static void was_answered(struct line *l)
{
    if (--l->awaited > 0) return;
    l->until = NULL;
    if (!strcmp(want.protocol, "irc") && l->step++ == 0) greet(l);
    else under_way--;
}

static void open_line(struct line *l)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(want.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = TIMEOUT_S };
    int on = 1;
    if ((l->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("socket: %m");
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(l->fd, (struct sockaddr *)&to, sizeof to)) fail("connect: %m");
    if (is_switchboard) {
        char device[16];
        snprintf(device, sizeof device, "%c%d", l->is_member ? 'm' : 'p', l->index);
        l->tls = log_in(l->fd, &want.login, device, l->is_member ? l->room->name : NULL);
    }
    fcntl(l->fd, F_SETFL, O_NONBLOCK);
    watch(l, EPOLL_CTL_ADD, EPOLLIN);
    if (is_switchboard) return;
    under_way++;
    greet(l);
}

/* ---------------- hearing: is a whole frame there, and is it a message? ---------------- */

/* Of redis, NATS and IRC each line for itself: that of a text is a message, whatever stood before it. */
static int line_at(const char *p, const char *end, struct frame *f)
{
    const char *feed = memchr(p, '\n', end - p), *text = feed ? memmem(p, feed - p, MARK, strlen(MARK)) : NULL;
    *f = (struct frame){ .length = feed ? feed + 1 - p : 0, .text = text ? text - p : -1, .same = text ? text - p : 0 };
    return feed != NULL;
}

static int switchboard_frame_at(const char *p, const char *end, struct frame *f)
{
    unsigned length;
    if (end - p < 4) return 0;
    memcpy(&length, p, 4);
    length = ntohl(length);
    if (end - p - 4 < (long)length) return 0;
    const char *size = memmem(p + 4, length, "\"size\":", 7), *number = memmem(p + 4, length, "\"number\":", 9);
    int is_message = number && memmem(p + 4, length, "\"type\":\"message\"", 16);
    *f = (struct frame){ .length = 4 + length + (size ? atoi(size + 7) : 0), .text = is_message ? 4 + (long)length : -1, .same = is_message ? number - p : 0 };
    return end - p >= f->length;
}

static int (*frame_at)(const char *, const char *, struct frame *);

static int is_message(const char *p, const struct frame *f) { return f->text >= 0 && f->length - f->text >= TEXT && !memcmp(p + f->text, MARK, strlen(MARK)); }

static void hear_other(struct line *l, const char *p, long length)
{
    static const char *bad[] = { "\"type\":\"error\"", "\"type\":\"closing\"", "\"type\":\"refused\"" };
    int is_bad = !is_switchboard && (*p == '-' || !strncmp(p, "ERROR", 5));
    for (int i = 0; is_switchboard && i < 3; i++) is_bad |= memmem(p, length, bad[i], strlen(bad[i])) != NULL;
    if (is_bad && l != slow) fail("refused: %.*s", (int)length - (is_switchboard ? 4 : 2), is_switchboard ? p + 4 : p);
    if (is_switchboard) return;
    if (!strncmp(p, "PING", 4)) say(l, "PONG%.*s", (int)length - 4, p + 4);
    else if (l->until && memmem(p, length, l->until, strlen(l->until))) was_answered(l);
}

static void hear_message(struct line *l, const char *text)
{
    long number = 0;
    for (int i = 0; i < DIGITS; i++) number = number << 6 | (text[strlen(MARK) + i] - '0');
    if (!l->is_member) return;                      /* ngircd sends a publisher its own message when it cuts off a slow reader amid its round */
    if (number < 0 || number >= l->room->sent) fail("a message that nobody sent: %.*s", TEXT, text);
    if (number < l->next) { repeats++; return; }
    gaps += number > l->next;
    l->next = number + 1;
    l->heard++;
}

static void note_silence(struct line *l, double now)
{
    double silence = now - (l->last > mark.since ? l->last : mark.since);
    if (silence > mark.longest && l != slow) mark.longest = silence;
}

static void hear(struct line *l, char *p, char *end)
{
    long long before = l->heard;
    char *message_end = NULL;
    while (p < end) {
        struct frame f = l->shape;
        if (!f.length || end - p < f.length || memcmp(p, l->start, f.same) || !is_message(p, &f)) {
            if (!frame_at(p, end, &f)) break;
            if (!is_message(p, &f)) { hear_other(l, p, f.length); p += f.length; continue; }
            long ahead = message_end ? p - message_end : FRAME;
            if (ahead + f.same < FRAME) {
                l->shape = (struct frame){ ahead + f.length, ahead + f.text, ahead + f.same };
                memcpy(l->start, message_end, ahead + f.same);
            }
        }
        hear_message(l, p + f.text);
        message_end = p += f.length;
    }
    if ((l->kept = end - p) > REST) fail("a longer frame than expected: %.99s", p);
    memcpy(l->rest, p, l->kept);
    if (l->heard == before) return;
    double now = seconds();
    note_silence(l, now);
    l->last = now;
    heard += l->heard - before;
    if (l != slow) l->room->heard += l->heard - before;
}

static void read_line(struct line *l)
{
    static char buffer[REST + PIECE + 1];
    long got;
    do {
        memcpy(buffer, l->rest, l->kept);
        got = line_read(l, buffer + l->kept, PIECE);
        if (got > 0) {
            char *end = buffer + l->kept + got;
            *end = 0;
            hear(l, buffer, end);
        }
        else if (!would_wait(l, got)) {
            if (l != slow) fail("the server closed a %s's line", l->is_member ? "member" : "publisher");
            l->is_over = 1;
            watch(l, EPOLL_CTL_DEL, 0);
            return;
        }
    } while (l->tls ? got > 0 : got == PIECE);      /* what OpenSSL holds wakes nobody */
}

/* ---------------- publishing ---------------- */

static int composed(char *to, int room, const char *format, ...)
{
    va_list a;
    va_start(a, format);
    int length = compose(to, room, format, a);
    va_end(a);
    return length;
}

/* A message for the room, in which only the number is missing. */
static void prepare(struct room *r)
{
    int head, room = FRAME - TEXT - 2;
    if (!strcmp(want.protocol, "redis")) head = composed(r->frame, room, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%d\r\n", strlen(r->name), r->name, TEXT);
    else if (!strcmp(want.protocol, "nats")) head = composed(r->frame, room, "PUB %s %d\r\n", r->name, TEXT);
    else if (!is_switchboard) head = composed(r->frame, room, "PRIVMSG #%s :", r->name);
    else head = composed(r->frame, room, "{\"type\":\"post\",\"id\":9,\"room\":\"%s\",\"size\":%d}", r->name, TEXT);
    memset(r->frame + head, 'x', TEXT);
    memcpy(r->frame + head, MARK, strlen(MARK));
    memcpy(r->frame + head + TEXT, "\r\n", 2);
    r->number_at = head + strlen(MARK);
    r->length = head + TEXT + (is_switchboard ? 0 : 2);
}

static int has_space(const struct room *r) { return r->sent * r->listeners - r->heard < want.window * r->listeners; }

static void publish(struct line *p)
{
    int count;
    do {
        count = 0;
        for (int full = 0; count < BATCH && full < want.rooms; p->turn += want.publishers) {
            if (p->turn >= want.rooms) p->turn = p->index;
            struct room *r = &rooms[p->turn];
            if (!has_space(r)) { full += want.publishers; continue; }
            char *frame = memcpy(p->out + p->out_end, r->frame, r->length);
            for (int i = 0; i < DIGITS; i++) frame[r->number_at + i] = '0' + (r->sent >> 6 * (DIGITS - 1 - i) & 63);
            p->out_end += r->length;
            r->sent++;
            count++;
            full = 0;
        }
        written += count;
        writes += count > 0;
        if (count) flush(p);
    } while (count == BATCH && !p->out_end);
}

/* A session of Switchboard in which nothing is said for 45 s is taken for a broken line. */
static void show_life(double now)
{
    static double last;
    if (!is_switchboard || now - last < ALIVE_S) return;
    for (int i = 0; members && i < want.members; i++)
        if (&members[i] != slow) say(&members[i], "{\"type\":\"seen\",\"id\":4,\"room\":\"%s\",\"number\":%lld}", members[i].room->name, members[i].heard);
    last = now;
}

static void turn(double until)
{
    struct epoll_event ready[256];
    double now = seconds();
    int n = epoll_wait(poll_fd, ready, 256, until > now ? (int)((until - now) * 1000) + 1 : 0);
    for (int i = 0; i < n; i++) {
        struct line *l = ready[i].data.ptr;
        if (ready[i].events & EPOLLOUT) flush(l);
        if (ready[i].events & ~EPOLLOUT) read_line(l);
    }
    for (int p = 0; is_publishing && p < want.publishers; p++)
        if (!publishers[p].out_end) publish(&publishers[p]);
    show_life(now);
}

static void run(double until)
{
    while (seconds() < until) turn(until);
}

/* ---------------- the modes ---------------- */

static struct line *enter(int count, int is_member)
{
    struct line *lines = calloc(count, sizeof *lines);
    double since = seconds();
    for (int opened = 0, before = 0; opened < count || under_way > 0; ) {
        for (; opened < count && under_way < want.at; opened++) {
            struct line *l = &lines[opened];
            *l = (struct line){ .is_member = is_member, .index = opened, .turn = opened, .room = &rooms[opened % want.rooms] };
            if (is_member) l->room->listeners++;
            else l->out = malloc(BATCH * FRAME + REST);
            open_line(l);
        }
        turn(seconds() + 1);
        if (opened - under_way != before) since = seconds();
        else if (seconds() - since > TIMEOUT_S) fail("%d handshakes are not answered", under_way);
        before = opened - under_way;
    }
    return lines;
}

static void begin_counting(void)
{
    mark.server = clock_of(server_clock);
    mark.own = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    mark.memory = server_memory();
    mark.heard = heard;
    mark.longest = 0;
    mark.since = seconds();
}

static double longest_silence_ms(void)
{
    double now = seconds();
    for (int i = 0; i < want.members; i++) note_silence(&members[i], now);
    return mark.longest * 1000;
}

static long long missing(int also_on_lines_that_ended)
{
    long long sum = 0;
    for (int i = 0; i < want.members; i++)
        if (also_on_lines_that_ended || !members[i].is_over) sum += members[i].room->sent - members[i].heard;
    return sum;
}

/* Until everything has arrived, or nothing arrives any more. */
static void drain(void)
{
    double since = seconds();
    is_publishing = 0;
    for (long long before = heard; missing(0) > 0 && seconds() - since < QUIET_S; before = heard) {
        turn(seconds() + 0.1);
        if (heard > before) since = seconds();
    }
}

static void measure(int is_slow)
{
    double silence_before = 0;
    is_publishing = 1;
    slow = is_slow ? &members[0] : NULL;
    if (is_slow) slow->room->listeners--;
    run(seconds() + want.warm / 1e3);
    if (is_slow) {
        begin_counting();
        run(mark.since + SLOW_AFTER_S);
        silence_before = longest_silence_ms();
        if (!slow->is_over) watch(slow, EPOLL_CTL_DEL, 0);
    }
    begin_counting();
    run(mark.since + want.milliseconds / 1e3);
    double took = seconds() - mark.since, server = clock_of(server_clock) - mark.server, own = clock_of(CLOCK_PROCESS_CPUTIME_ID) - mark.own;
    double silence = longest_silence_ms();
    long long delivered = heard - mark.heard, behind = is_slow ? slow->room->sent - slow->heard : 0;
    long grew = server_memory() - mark.memory;
    if (delivered == 0) fail("nothing was delivered");
    if (is_slow && !slow->is_over) watch(slow, EPOLL_CTL_ADD, EPOLLIN);
    drain();
    printf("{\"cpu_per_million\": %.4f, \"deliveries_per_s\": %.0f, \"server_cpu\": %.2f, \"generator_cpu\": %.2f, \"messages_per_write\": %.1f, ",
           server / delivered * 1e6, delivered / took, server / took, own / took, (double)written / writes);
    if (is_slow) printf("\"silence_before_ms\": %.1f, \"slow_was_behind\": %lld, \"slow_was_cut_off\": %d, ", silence_before, behind, slow->is_over);
    printf("\"lost\": %lld, \"gaps\": %lld, \"repeats\": %lld, \"longest_silence_ms\": %.1f, \"memory_grew_kib\": %ld}\n", missing(1), gaps, repeats, silence, grew);
}

static void take(const char *pair)
{
    const char *is = strchr(pair, '=');
    struct { const char *key; int *number; } numbers[] = { { "port", &want.port }, { "server", &want.server }, { "members", &want.members },
        { "rooms", &want.rooms }, { "publishers", &want.publishers }, { "window", &want.window }, { "at", &want.at }, { "warm", &want.warm },
        { "milliseconds", &want.milliseconds } };
    struct { const char *key, **text; } texts[] = { { "protocol", &want.protocol }, { "mode", &want.mode }, { "user", &want.login.user },
        { "token", &want.login.token }, { "fingerprint", &want.login.fingerprint } };
    size_t length = is ? is - pair : 0;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strlen(numbers[i].key) == length && !memcmp(pair, numbers[i].key, length)) { *numbers[i].number = atoi(is + 1); return; }
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strlen(texts[i].key) == length && !memcmp(pair, texts[i].key, length)) { *texts[i].text = is + 1; return; }
    fail("unknown key, or not KEY=VALUE: %s", pair);
}

static void check(void)
{
    static const char *known[] = { "redis", "nats", "irc", "switchboard", "switchboard-tls" };
    int which = 0;
    while (which < 5 && strcmp(want.protocol, known[which])) which++;
    if (which == 5 || !want.port || !want.server) fail("usage: load protocol=redis|nats|irc|switchboard|switchboard-tls port= server=PID [KEY=VALUE ...]");
    if (strcmp(want.mode, "full") && strcmp(want.mode, "slow") && strcmp(want.mode, "idle")) fail("unknown mode: %s", want.mode);
    if (want.publishers < 1 || want.rooms < want.publishers || want.members < want.rooms) fail("each room needs a member, and each publisher a room");
    if (!strcmp(want.mode, "slow") && want.members == want.rooms) fail("the room of a slow reader needs another member");
    if (want.window < 1 || want.at < 1) fail("out of range: window or at");
    if (clock_getcpuclockid(want.server, &server_clock)) fail("no server with the id %d", want.server);
    is_switchboard = which >= 3;
    frame_at = is_switchboard ? switchboard_frame_at : line_at;
    want.login.is_tls = which == 4;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    for (int i = 1; i < argc; i++) take(argv[i]);
    check();
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poll_fd = epoll_create1(0);
    rooms = calloc(want.rooms, sizeof *rooms);
    for (int r = 0; r < want.rooms; r++) {
        snprintf(rooms[r].name, sizeof rooms[r].name, want.rooms == 1 ? "lobby" : "room%d", r);
        prepare(&rooms[r]);
    }

    long before = server_memory();
    members = enter(want.members, 1);
    run(seconds() + SETTLE_S);
    if (!strcmp(want.mode, "idle")) {
        printf("{\"per_member_kib\": %.2f}\n", (double)(server_memory() - before) / want.members);
        return 0;
    }
    publishers = enter(want.publishers, 0);
    measure(!strcmp(want.mode, "slow"));
    return 0;
}
