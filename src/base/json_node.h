/* json_node.h - what the files of json share: the tree behind struct json.  Included by base/json*.c only.
 *
 * A value is a cJSON node, used with two habits of our own.  A number is a Raw node: its exact text is in
 * valuestring.  An array or object keeps its children twice: as cJSON's list, and as an array of pointers
 * in valuestring (which cJSON frees with the node) with their count in valueint, so that the INDEXth is
 * found at once.  So cJSON's own printing and copying must never see such a tree. */
#ifndef SANDGATE_BASE_JSON_NODE_H
#define SANDGATE_BASE_JSON_NODE_H

#include "base/json.h"

#include <cjson/cJSON.h>

enum { JSON_DEPTH = 64, JSON_VALUES = 1 << 20 };

cJSON *json_node_new(int type);
/* Takes over TEXT as the text of a string or a number. */
cJSON *json_node_new_text(int type, char *text);
/* Puts CHILD at the end of PARENT; KEY (taken over, NULL in arrays) is its name. */
void json_node_append(cJSON *parent, char *key, cJSON *child);
cJSON *json_node_child(const cJSON *parent, size_t index); /* INDEX is below the count */

static inline bool json_node_is_container(const cJSON *node)
{
    return node->type == cJSON_Array || node->type == cJSON_Object;
}

#endif
