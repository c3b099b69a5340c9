/* jwt.c - the payload is the second part of three, base64url without padding, a JSON object. */
#include "modal/jwt.h"

#include "base/buffer.h"
#include "base/json.h"

#include <string.h>

static int digit_of(char letter)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = letter ? strchr(digits, letter) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool decode(struct buffer *out, const char *text, size_t length)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < length && text[i] != '='; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buffer_append_byte(out, (char)(bits >> count & 0xff));
        }
    }
    return true;
}

int64_t modal_jwt_expiry(const char *jwt)
{
    const char *first = strchr(jwt, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (second == NULL)
        return 0;
    struct buffer payload = BUFFER_INIT;
    struct json *json = NULL;
    int64_t expiry = 0;
    if (decode(&payload, first + 1, (size_t)(second - first - 1)))
        json = json_parse(payload.data, payload.length, NULL);
    double seconds = json_get_number(json, "exp", 0);
    if (seconds >= 1 && seconds < 1e15)
        expiry = (int64_t)seconds;
    json_free(json);
    buffer_release(&payload);
    return expiry;
}
