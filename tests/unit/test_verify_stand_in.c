/* The verifier over the stand-in for BLS: what the simulator relies on. */
#include "tests/unit/verify_cases.h"

static void bad_ones_are_found(void **state)
{
    (void)state;
    bisection_finds_exactly_the_bad_ones(4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {VERIFY_TESTS};
    return cmocka_run_group_tests(tests, make_verifiers, NULL);
}
