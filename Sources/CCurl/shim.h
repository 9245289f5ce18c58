#pragma once
// The type checks of curl's macros can't be used from inline functions that take any option.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <netinet/tcp.h>

// curl_easy_setopt for options that take a long.
static inline CURLcode vipad_curl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt for options that take a string, which curl copies; NULL clears it.
static inline CURLcode vipad_curl_set_string(CURL *_Nonnull easy, CURLoption option,
                                             const char *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt for options that take a pointer, which curl keeps.
static inline CURLcode vipad_curl_set_pointer(CURL *_Nonnull easy, CURLoption option,
                                              void *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

// CURLOPT_COPYPOSTFIELDS with its length: curl copies the body.
static inline CURLcode vipad_curl_set_body(CURL *_Nonnull easy, const void *_Nullable body, long count) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, count);
  return code ? code : curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, count ? body : "");
}

// CURLOPT_WRITEFUNCTION: called with each piece of the body.
static inline CURLcode vipad_curl_set_write(CURL *_Nonnull easy, curl_write_callback _Nonnull call,
                                            void *_Nonnull owner) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call);
  return code ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, owner);
}

// CURLOPT_HEADERFUNCTION: called with each header line.
static inline CURLcode vipad_curl_set_header(CURL *_Nonnull easy, curl_write_callback _Nonnull call,
                                             void *_Nonnull owner) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, call);
  return code ? code : curl_easy_setopt(easy, CURLOPT_HEADERDATA, owner);
}

// CURLOPT_PREREQFUNCTION: called when the connection is there, before the request is sent.
static inline CURLcode vipad_curl_set_prereq(CURL *_Nonnull easy, curl_prereq_callback _Nonnull call,
                                             void *_Nonnull owner) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call);
  return code ? code : curl_easy_setopt(easy, CURLOPT_PREREQDATA, owner);
}

// CURLOPT_OPENSOCKETFUNCTION: called to make a socket.
static inline CURLcode vipad_curl_set_open(CURL *_Nonnull easy, curl_opensocket_callback _Nonnull call,
                                           void *_Nonnull owner) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, call);
  return code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, owner);
}

// socket(2) with arguments that fill their registers. Where the compiler loads two ints of a struct at once the upper
// half of a register holds the second, which the kernel ignores and a seccomp filter on address families does not.
static inline int vipad_socket(int family, int type, int protocol) {
  return (int)syscall(SYS_socket, (long)family, (long)type, (long)protocol);
}

// CURLOPT_CLOSESOCKETFUNCTION: called instead of close(2).
static inline CURLcode vipad_curl_set_close(CURL *_Nonnull easy, curl_closesocket_callback _Nonnull call,
                                            void *_Nonnull owner) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, call);
  return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, owner);
}

// curl_multi_setopt for options that take a long.
static inline CURLMcode vipad_curl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// curl_easy_getinfo for values that are a long; -1 when curl does not know.
static inline long vipad_curl_info_long(CURL *_Nonnull easy, CURLINFO info) {
  long value = -1;
  return curl_easy_getinfo(easy, info, &value) ? -1 : value;
}

// curl_easy_getinfo for times in microseconds; 0 when the point was not reached.
static inline long long vipad_curl_info_time(CURL *_Nonnull easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl_easy_getinfo(easy, info, &value) ? 0 : (long long)value;
}

// CURLINFO_PRIMARY_IP: the address of the other end, valid as long as the handle; NULL or empty without one.
static inline const char *_Nullable vipad_curl_info_address(CURL *_Nonnull easy) {
  char *value = NULL;
  return curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &value) ? NULL : value;
}

// CURLINFO_ACTIVESOCKET: the connection that stays open; -1 when there is none.
static inline int vipad_curl_info_socket(CURL *_Nonnull easy) {
  curl_socket_t value = CURL_SOCKET_BAD;
  return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &value) ? -1 : value;
}

// The result of a finished transfer; the union in CURLMsg can't be read from Swift by name.
static inline CURLcode vipad_curl_message_result(const CURLMsg *_Nonnull message) {
  return message->data.result;
}
