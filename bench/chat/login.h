#include <openssl/ssl.h>

struct login { int is_tls; const char *user, *token, *fingerprint; };

/* Logs in to Switchboard on a connection that waits, and joins the room unless it is NULL. Gives the TLS it made, or NULL. */
SSL *log_in(int fd, const struct login *with, const char *device, const char *room);

__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);
