/* grpc_status.c - names and notations of the gRPC protocol: status, message, binary fields, time-outs. */
#include "wire/grpc_status.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "wire/grpc.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

const char *grpc_status_name(int status)
{
    bool is_known = status >= 0 && (size_t)status < ARRAY_SIZE(names);
    return names[is_known ? status : GRPC_UNKNOWN];
}

int grpc_status_read(const char *text)
{
    int status = 0;
    size_t digits = 0;
    while (isdigit((unsigned char)text[digits]) && digits < 4)
        status = status * 10 + (text[digits++] - '0');
    return digits > 0 && text[digits] == '\0' ? status : -1;
}

int grpc_status_of_http(int status)
{
    static const struct {
        int http, grpc;
    } rows[] = {
        { 400, GRPC_INTERNAL },      { 401, GRPC_UNAUTHENTICATED }, { 403, GRPC_PERMISSION_DENIED },
        { 404, GRPC_UNIMPLEMENTED }, { 429, GRPC_UNAVAILABLE },     { 502, GRPC_UNAVAILABLE },
        { 503, GRPC_UNAVAILABLE },   { 504, GRPC_UNAVAILABLE },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].http == status)
            return rows[i].grpc;
    return GRPC_UNKNOWN;
}

static int digit_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter = (char)(letter | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

void grpc_message_decode(struct buffer *out, const char *text)
{
    struct buffer bytes = BUFFER_INIT;
    for (; *text != '\0'; text++) {
        int high = text[0] == '%' ? digit_of(text[1]) : -1;
        int low = high >= 0 ? digit_of(text[2]) : -1;
        buffer_append_byte(&bytes, low >= 0 ? (char)(high * 16 + low) : *text);
        text += low >= 0 ? 2 : 0;
    }
    /* A NUL would end the message for whoever reads it as text. */
    for (size_t i = 0; i < bytes.length; i++)
        if (bytes.data[i] == '\0')
            bytes.data[i] = ' ';
    utf8_repair(out, bytes.data, bytes.length);
    buffer_release(&bytes);
}

/* Of both alphabets: the second is the one of web tokens. */
static int base64_digit(char letter)
{
    letter = letter == '-' ? '+' : letter == '_' ? '/' : letter;
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;
    return at != NULL ? (int)(at - letters) : -1;
}

bool grpc_binary_decode(struct buffer *out, const char *text)
{
    size_t before = out->length, length = strlen(text);
    while (length > 0 && text[length - 1] == '=')
        length--;
    unsigned bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            buffer_truncate(out, before);
            return false;
        }
        bits = (bits << 6 | (unsigned)digit) & 0xFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buffer_append_byte(out, (char)(bits >> count));
        }
    }
    return true;
}

/* At most eight digits are allowed. */
void grpc_timeout_header(char text[GRPC_TIMEOUT_TEXT], int64_t milliseconds)
{
    const int64_t most = 99999999;
    int64_t seconds = milliseconds / 1000 < most ? milliseconds / 1000 : most;
    if (milliseconds <= most)
        snprintf(text, GRPC_TIMEOUT_TEXT, "grpc-timeout: %" PRId64 "m", milliseconds);
    else
        snprintf(text, GRPC_TIMEOUT_TEXT, "grpc-timeout: %" PRId64 "S", seconds);
}
