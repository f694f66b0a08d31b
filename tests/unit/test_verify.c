/* The verifier over BLS. */
#include "tests/unit/verify_cases.h"

static void bad_ones_are_found(void **state)
{
    (void)state;
    bisection_finds_exactly_the_bad_ones(8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {VERIFY_TESTS};
    return cmocka_run_group_tests(tests, make_verifiers, NULL);
}
