/* See attacks.h. */
#include "sim/attacks.h"

#include <string.h>

const struct hs_attack *const hs_attacks[] = {
#define ATTACK(object, text) &object,
    HS_ATTACK_TABLE(ATTACK)
#undef ATTACK
};
const size_t hs_attack_count = sizeof(hs_attacks) / sizeof(hs_attacks[0]);

const struct hs_attack *hs_attack_by_name(const char *name, size_t size)
{
    for (size_t i = 0; i < hs_attack_count; i++) {
        if (strlen(hs_attacks[i]->name) == size && memcmp(hs_attacks[i]->name, name, size) == 0) {
            return hs_attacks[i];
        }
    }
    return NULL;
}
