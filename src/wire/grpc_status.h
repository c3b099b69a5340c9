/* grpc_status.h - how status, message, binary fields and time-outs are written in the headers of a gRPC call. */
#ifndef SANDGATE_WIRE_GRPC_STATUS_H
#define SANDGATE_WIRE_GRPC_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* -1: TEXT is no status. */
int grpc_status_read(const char *text);
/* What an answer without grpc-status means, by its HTTP status. */
int grpc_status_of_http(int status);
/* Appends percent-encoded TEXT decoded; what is no escape stays as it is, bad UTF-8 becomes U+FFFD. */
void grpc_message_decode(struct buffer *out, const char *text);
/* Appends base64 TEXT (either alphabet, with or without padding) decoded; false, and nothing appended, when it is not that. */
bool grpc_binary_decode(struct buffer *out, const char *text);
enum { GRPC_TIMEOUT_TEXT = 48 };
/* "grpc-timeout: 1500m" for MILLISECONDS > 0. */
void grpc_timeout_header(char text[GRPC_TIMEOUT_TEXT], int64_t milliseconds);

#endif
