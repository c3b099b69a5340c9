/* names.c - shapes, by the byte: locale plays no part. */
#include "modal/names.h"

#include <string.h>

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool modal_id_has(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* PREFIX and exactly 22 letters and digits. */
static bool is_object(const char *text, const char *prefix)
{
    enum { LETTERS = 22 };
    size_t count = 0;

    if (!modal_id_has(text, prefix))
        return false;
    for (const char *at = text + strlen(prefix); *at; at++, count++)
        if (!is_letter(*at) && !is_digit(*at))
            return false;
    return count == LETTERS;
}

bool modal_id_is_v1(const char *sandbox_id)
{
    return is_object(sandbox_id, "sb-");
}

bool modal_name_valid(const char *name)
{
    enum { NAME_MAX_BYTES = 64 };
    size_t length = strlen(name);

    if (length < 1 || length > NAME_MAX_BYTES || is_object(name, "ap-"))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_letter(name[i]) && !is_digit(name[i]) && !strchr("._-", name[i]))
            return false;
    return true;
}

bool modal_variable_valid(const char *name, int length)
{
    if (length < 1 || is_digit(name[0]))
        return false;
    for (int i = 0; i < length; i++)
        if (!is_letter(name[i]) && !is_digit(name[i]) && name[i] != '_')
            return false;
    return true;
}
