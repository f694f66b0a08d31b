/* hs_status: the table that everyone's reaction to a failure comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <hotstuff/status.h>

static void names_and_reactions_come_from_one_table(void **state)
{
    (void)state;
    assert_string_equal(hs_status_name(HS_OK), "HS_OK");
    assert_string_equal(hs_status_text(HS_OK), "ok");
    assert_int_equal(hs_status_reaction(HS_OK), HS_CONTINUE);
    assert_string_equal(hs_status_name(HS_STALE), "HS_STALE");
    assert_int_equal(hs_status_reaction(HS_STALE), HS_IGNORE);
    assert_int_equal(hs_status_reaction(HS_FULL), HS_REFUSE);
    assert_int_equal(hs_status_reaction(HS_MALFORMED), HS_DROP_PEER);
    assert_string_equal(hs_status_name(HS_DIVERGED), "HS_DIVERGED");
    assert_int_equal(hs_status_reaction(HS_DIVERGED), HS_STOP);
}

static void only_ok_lets_the_caller_continue(void **state)
{
    (void)state;
    for (int status = HS_OK + 1; status <= (int)HS_DIVERGED; status++) {
        assert_int_not_equal(hs_status_reaction((enum hs_status)status), HS_CONTINUE);
        assert_true(strlen(hs_status_text((enum hs_status)status)) > 0);
    }
}

static void a_number_outside_the_table_stops_the_process(void **state)
{
    (void)state;
    enum hs_status beyond = (enum hs_status)(HS_DIVERGED + 1);
    assert_string_equal(hs_status_name(beyond), "HS_UNKNOWN_STATUS");
    assert_true(strlen(hs_status_text(beyond)) > 0);
    assert_int_equal(hs_status_reaction(beyond), HS_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_reactions_come_from_one_table),
        cmocka_unit_test(only_ok_lets_the_caller_continue),
        cmocka_unit_test(a_number_outside_the_table_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
