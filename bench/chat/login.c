/* How docs/protocol.md has a device token log in: hello, auth, auth; and then join. */
#define _GNU_SOURCE
#include "login.h"
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { HEADER = 4096, KEY = 32, MOST_ROUNDS = 100000 };

struct talk { int fd; SSL *tls; unsigned char certificate[KEY]; char header[HEADER]; };

static void base64(const void *from, int count, char *to) { EVP_EncodeBlock((unsigned char *)to, from, count); }

static void sha256(const void *from, size_t count, unsigned char *to) { EVP_Digest(from, count, to, NULL, EVP_sha256(), NULL); }

static void mac(const unsigned char *key, const char *text, unsigned char *to) { HMAC(EVP_sha256(), key, KEY, (const unsigned char *)text, strlen(text), to, NULL); }

static void say(struct talk *t, const char *format, ...)
{
    char frame[HEADER + 4];
    va_list a;
    va_start(a, format);
    int length = vsnprintf(frame + 4, HEADER, format, a);
    va_end(a);
    unsigned shown = htonl(length);
    memcpy(frame, &shown, 4);
    long put = t->tls ? SSL_write(t->tls, frame, length + 4) : send(t->fd, frame, length + 4, MSG_NOSIGNAL);
    if (length >= HEADER || put != length + 4) fail("login: cannot say %.40s", frame + 4);
}

static void read_exactly(struct talk *t, void *to, long count)
{
    for (long got; count > 0; to = (char *)to + got, count -= got)
        if ((got = t->tls ? SSL_read(t->tls, to, count) : recv(t->fd, to, count, 0)) <= 0) fail("login: the line ended, or nothing came");
}

static const char *answer(struct talk *t)
{
    unsigned length;
    read_exactly(t, &length, 4);
    if ((length = ntohl(length)) >= HEADER) fail("login: a longer header than any answer has");
    read_exactly(t, t->header, length);
    t->header[length] = 0;
    if (strstr(t->header, "\"type\":\"error\"") || strstr(t->header, "\"type\":\"closing\"")) fail("login: %s", t->header);
    return t->header;
}

/* The text of "data"; a SCRAM message has no escapes but those of ASCII. */
static void data_of(const char *header, char *to, int room)
{
    unsigned code;
    const char *p = strstr(header, "\"data\":\"");
    if (!p) fail("login: no data in %s", header);
    for (p += 8; *p && *p != '"' && --room > 0; to++) {
        if (sscanf(p, "\\u%4x", &code) == 1) { *to = code; p += 6; }
        else { p += *p == '\\'; *to = *p++; }
    }
    *to = 0;
}

/* SCRAM-SHA-256 (RFC 5802, 7677), under TLS bound to the certificate. */
static void prove(struct talk *t, const struct login *with)
{
    unsigned char random[18], salt[256], salted[KEY], key[KEY], stored[KEY], signature[KEY], bound[64];
    char nonce[32], id[64], secret[256], bare[256], first[1024], whole_nonce[256], salt_text[256], binding[128], final[512], all[HEADER], proof[64];
    const char *flag = t->tls ? "p=tls-server-end-point,," : "n,,";
    int rounds, flag_length = strlen(flag);
    if (sscanf(with->token, "sbt_%63[^_]_%255s", id, secret) != 2) fail("the token is not sbt_ID_SECRET");
    RAND_bytes(random, sizeof random);
    base64(random, sizeof random, nonce);
    snprintf(bare, sizeof bare, "n=%s,r=%s", with->user, nonce);
    say(t, "{\"type\":\"auth\",\"id\":2,\"mechanism\":\"SCRAM-SHA-256%s\",\"token\":\"%s\",\"data\":\"%s%s\"}", t->tls ? "-PLUS" : "", id, flag, bare);
    data_of(answer(t), first, sizeof first);

    int parts = sscanf(first, "r=%255[^,],s=%255[^,],i=%d", whole_nonce, salt_text, &rounds);
    if (parts != 3 || strncmp(whole_nonce, nonce, strlen(nonce)) || rounds < 1 || rounds > MOST_ROUNDS) fail("unfit challenge: %s", first);
    int salt_length = EVP_DecodeBlock(salt, (unsigned char *)salt_text, strlen(salt_text)) - (int)strlen(strchrnul(salt_text, '='));
    PKCS5_PBKDF2_HMAC(secret, strlen(secret), salt, salt_length, rounds, EVP_sha256(), KEY, salted);
    memcpy(bound, flag, flag_length);
    memcpy(bound + flag_length, t->certificate, KEY);
    base64(bound, flag_length + (t->tls ? KEY : 0), binding);
    snprintf(final, sizeof final, "c=%s,r=%s", binding, whole_nonce);
    snprintf(all, sizeof all, "%s,%s,%s", bare, first, final);
    mac(salted, "Client Key", key);
    sha256(key, KEY, stored);
    mac(stored, all, signature);
    for (int i = 0; i < KEY; i++) key[i] ^= signature[i];
    base64(key, KEY, proof);
    say(t, "{\"type\":\"auth\",\"id\":3,\"data\":\"%s,p=%s\"}", final, proof);

    mac(salted, "Server Key", key);
    mac(key, all, signature);
    base64(signature, KEY, proof);
    data_of(answer(t), first, sizeof first);
    if (strncmp(first, "v=", 2) || strcmp(first + 2, proof)) fail("login: the server does not know the token");
}

static SSL_CTX *tls_client(void)
{
    static SSL_CTX *made;
    if (made) return made;
    made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_alpn_protos(made, (const unsigned char *)"\15switchboard/1", 14);
    SSL_CTX_set_read_ahead(made, 1);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    return made;
}

/* No authority vouches for the server: its key is compared instead. */
static void secure(struct talk *t, const char *fingerprint)
{
    unsigned char *key = NULL, hash[KEY];
    char shown[64] = "SHA256:";
    t->tls = SSL_new(tls_client());
    SSL_set_fd(t->tls, t->fd);
    if (SSL_connect(t->tls) != 1) fail("no TLS handshake");
    X509 *certificate = SSL_get1_peer_certificate(t->tls);
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    sha256(key, length, hash);
    base64(hash, KEY, shown + 7);
    *strchrnul(shown, '=') = 0;
    if (strcmp(shown, fingerprint)) fail("the server's key is another one: %s", shown);
    X509_digest(certificate, EVP_sha256(), t->certificate, NULL);
    X509_free(certificate);
    OPENSSL_free(key);
}

SSL *log_in(int fd, const struct login *with, const char *device, const char *room)
{
    struct talk t = { .fd = fd };
    if (with->is_tls) secure(&t, with->fingerprint);
    say(&t, "{\"type\":\"hello\",\"id\":1,\"version\":1,\"device\":\"%s\"}", device);
    answer(&t);
    prove(&t, with);
    if (room) {
        say(&t, "{\"type\":\"join\",\"id\":4,\"room\":\"%s\"}", room);
        answer(&t);
    }
    return t.tls;
}
