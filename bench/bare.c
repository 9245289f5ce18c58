// A bare POST on a warm connection: the least that a claim can take. The same bytes go out again and again; the
// time of each exchange is printed in microseconds, a line for each.
//
//   bare URL CA-FILE BODY-FILE HEADER-FILE COUNT [PAUSE-MILLISECONDS]
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t discard(char *data, size_t size, size_t count, void *context) {
  (void)data, (void)context;
  return size * count;
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
  if (count < 6) {
    fprintf(stderr, "usage: bare URL CA-FILE BODY-FILE HEADER-FILE COUNT [PAUSE-MILLISECONDS]\n");
    return 2;
  }
  static char body[65536], line[65536];
  FILE *file = fopen(arguments[3], "rb");
  if (!file) return perror(arguments[3]), 2;
  size_t size = fread(body, 1, sizeof body, file);
  fclose(file);
  struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
  file = fopen(arguments[4], "r");
  if (!file) return perror(arguments[4]), 2;
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\r\n")] = 0;
    headers = curl_slist_append(headers, line);
  }
  fclose(file);

  CURL *handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, arguments[1]);
  curl_easy_setopt(handle, CURLOPT_CAINFO, arguments[2]);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)size);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
  int rounds = atoi(arguments[5]), pause = count > 6 ? atoi(arguments[6]) : 0;
  for (int i = -1; i < rounds; i++) {  // the first one connects and is not counted
    double start = microseconds();
    CURLcode result = curl_easy_perform(handle);
    double took = microseconds() - start;
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK || status != 200) {
      fprintf(stderr, "bare: %s, status %ld\n", curl_easy_strerror(result), status);
      return 1;
    }
    if (i >= 0) printf("%.1f\n", took);
    if (pause) usleep(pause * 1000);
  }
}
