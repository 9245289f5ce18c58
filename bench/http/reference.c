// What vipad's HTTP server is measured against: the least C program on libmicrohttpd that answers every GET
// with the same bytes. It also shows the threading modes side by side.
//
//   reference PORT MODE BODY-FILE [NAME:VALUE...]
//
// MODE  thread   one thread a connection (what vipad uses)
//       poll     one thread for all; a blocking handler stops everybody
//       suspend  poll, and a handler that waits suspends its connection
//       epoll    one thread for all, epoll(7)
//
// GET /wait?ms=N answers after N milliseconds, as POST /claim?wait= would.
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *answer;
static int suspends;

struct waiter {
  struct MHD_Connection *connection;
  long milliseconds;
};

static void *resume_later(void *argument) {
  struct waiter *waiter = argument;
  usleep((useconds_t)waiter->milliseconds * 1000);
  MHD_queue_response(waiter->connection, MHD_HTTP_OK, answer);
  MHD_resume_connection(waiter->connection);
  free(waiter);
  return NULL;
}

static unsigned status = MHD_HTTP_OK;

static enum MHD_Result suspend(struct MHD_Connection *connection, long milliseconds) {
  struct waiter *waiter = malloc(sizeof *waiter);
  pthread_t thread;
  *waiter = (struct waiter){connection, milliseconds};
  MHD_suspend_connection(connection);
  pthread_create(&thread, NULL, resume_later, waiter);
  pthread_detach(thread);
  return MHD_YES;
}

static enum MHD_Result respond(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data, size_t *size,
                               void **state) {
  (void)context, (void)method, (void)version, (void)data;
  if (!*state) {  // An answer queued in the first call would close the connection.
    *state = connection;
    return MHD_YES;
  }
  *size = 0;
  if (strcmp(url, "/wait") == 0) {
    const char *value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "ms");
    long milliseconds = value ? atol(value) : 0;
    if (suspends) return suspend(connection, milliseconds);
    usleep((useconds_t)milliseconds * 1000);
  }
  return MHD_queue_response(connection, status, answer);
}

static unsigned flags(const char *mode) {
  unsigned thread = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC;
  if (!strcmp(mode, "thread")) return thread | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
  if (!strcmp(mode, "poll")) return thread | MHD_USE_POLL;
  if (!strcmp(mode, "suspend")) return thread | MHD_USE_POLL | MHD_ALLOW_SUSPEND_RESUME;
  if (!strcmp(mode, "epoll")) return thread | MHD_USE_EPOLL;
  fprintf(stderr, "unknown mode %s\n", mode);
  exit(2);
}

static struct MHD_Response *read_answer(const char *path) {
  static char body[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  size_t size = fread(body, 1, sizeof body, file);
  fclose(file);
  return MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: reference PORT MODE BODY-FILE [NAME:VALUE...]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  suspends = !strcmp(arguments[2], "suspend");
  answer = read_answer(arguments[3]);
  if (getenv("STATUS")) status = (unsigned)atoi(getenv("STATUS"));
  for (int i = 4; i < count; i++) {
    char *value = strchr(arguments[i], ':');
    if (!value) continue;
    *value++ = 0;
    MHD_add_response_header(answer, arguments[i], value + strspn(value, " "));
  }
  struct MHD_Daemon *daemon = MHD_start_daemon(
      flags(arguments[2]), (uint16_t)atoi(arguments[1]), NULL, NULL, respond, NULL, MHD_OPTION_CONNECTION_LIMIT,
      2000u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_THREAD_STACK_SIZE, (size_t)524288,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_END);
  if (!daemon) {
    fprintf(stderr, "cannot listen on port %s\n", arguments[1]);
    return 1;
  }
  pause();
}
