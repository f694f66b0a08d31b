/* Forgeries with real BLS: what is no point, and of no subgroup, is so only here. */
#include "tests/scenario/forgery_cases.h"

int main(void)
{
    const struct CMUnitTest tests[] = {FORGERY_TESTS};
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
