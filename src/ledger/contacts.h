/* Who is registered as a validator, as the network must know it: by network key, with the place where it
 * says that it is dialed (P5).
 *
 * A validator is in no set before the epoch after the next, and has to follow the chain until then;
 * one that left the sets stays until its stake is paid out, and serves those who come later. Both are
 * here. A validator that rotates its keys is here with those that its epoch's set may hold and with
 * those that it announced.
 */
#ifndef HS_LEDGER_CONTACTS_H
#define HS_LEDGER_CONTACTS_H

#include <hotstuff/application.h>

/* The application's `registered`. */
size_t hs_ledger_registered(const void *context, struct hs_contact contacts[], size_t max);

#endif
