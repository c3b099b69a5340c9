/* icu.h - the functions of ICU that are used, opened when they are needed for the first time.
 *
 * ICU and what it stands on cost 3 MB of memory and a share of the start; most sessions never show a character that it
 * is asked about.  So it is no library that the program is linked with: icu_open gets it from the same package that
 * the headers came from, and a member has the name of its function (icu.u_charType). */
#ifndef SANDGATE_BASE_ICU_H
#define SANDGATE_BASE_ICU_H

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>

/* ICU's headers rename each function to that of their version; a member is renamed alike. */
/* clang-format off */
#define ICU_FUNCTIONS(function) \
    function(u_charName) \
    function(u_charType) \
    function(u_getIntPropertyValue) \
    function(u_hasBinaryProperty) \
    function(u_isalnum) \
    function(u_isalpha) \
    function(unorm2_getDecomposition) \
    function(unorm2_getNFKDInstance) \
    function(uspoof_close) \
    function(uspoof_getSkeleton) \
    function(uspoof_open)
/* clang-format on */

struct icu {
#define ICU_MEMBER(name) __typeof__(name) *name;
    ICU_FUNCTIONS(ICU_MEMBER)
#undef ICU_MEMBER
};

/* Fills ICU. Cheap but for the first time; a library that is gone ends the program, as a linked one would. */
void icu_open(struct icu *icu);

#endif
