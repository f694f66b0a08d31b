/* The VRF over BLS. */
#include "tests/unit/vrf_cases.h"

static void outputs_look_random(void **state)
{
    (void)state;
    outputs_are_spread(400, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {VRF_TESTS};
    return cmocka_run_group_tests(tests, make_provers, NULL);
}
