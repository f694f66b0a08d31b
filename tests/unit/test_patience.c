/* How long an answer may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/patience.h"

#define MS UINT64_C(1000000)

static void who_is_silent_is_waited_for_longer_and_longer_up_to_a_limit(void **state)
{
    (void)state;
    struct hs_patience patience = {.waits = false};
    const uint64_t allowed_ms[] = {500, 1000, 2000, 4000, 8000, 8000};
    for (size_t i = 0; i < sizeof allowed_ms / sizeof allowed_ms[0]; i++) {
        assert_true(hs_patience_ask(&patience, 7 * MS) == (7 + allowed_ms[i]) * MS);
        hs_patience_give_up(&patience);
        hs_patience_give_up(&patience); /* nothing is under way: that is no failure */
    }
}

static void an_answer_is_waited_for_twice_as_long_as_the_last_one(void **state)
{
    (void)state;
    struct hs_patience patience = {.waits = false};
    for (uint32_t i = 0; i < 4; i++) {
        (void)hs_patience_ask(&patience, 0);
        hs_patience_give_up(&patience);
    }
    (void)hs_patience_ask(&patience, 1000 * MS);
    hs_patience_answered(&patience, 1900 * MS);
    hs_patience_answered(&patience, 9000 * MS); /* nobody waits for this one */
    assert_true(hs_patience_ask(&patience, 2000 * MS) == 3800 * MS);
    hs_patience_answered(&patience, 2001 * MS);
    assert_true(hs_patience_ask(&patience, 3000 * MS) == 3500 * MS);
    hs_patience_answered(&patience, 900000 * MS);
    assert_true(hs_patience_ask(&patience, 0) == 8000 * MS);
}

static void a_question_of_no_interest_any_more_is_no_failure(void **state)
{
    (void)state;
    struct hs_patience patience = {.waits = false};
    (void)hs_patience_ask(&patience, 0);
    hs_patience_forget(&patience);
    hs_patience_give_up(&patience);
    assert_true(hs_patience_ask(&patience, 0) == 500 * MS);
}

static void a_question_is_overdue_when_it_takes_longer_than_answers_usually_do(void **state)
{
    (void)state;
    struct hs_patience patience = {.waits = false};
    assert_false(hs_patience_is_overdue(&patience, 9000 * MS)); /* nothing is asked */
    for (uint32_t i = 0; i < 5; i++) {
        (void)hs_patience_ask(&patience, 0);
        assert_false(hs_patience_is_overdue(&patience, 499 * MS));
        assert_true(hs_patience_is_overdue(&patience, 500 * MS)); /* however many were given up */
        hs_patience_give_up(&patience);
    }
    (void)hs_patience_ask(&patience, 0);
    hs_patience_answered(&patience, 1000 * MS);
    assert_false(hs_patience_is_overdue(&patience, 9000 * MS));
    (void)hs_patience_ask(&patience, 0);
    assert_false(hs_patience_is_overdue(&patience, 1999 * MS));
    assert_true(hs_patience_is_overdue(&patience, 2000 * MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_silent_is_waited_for_longer_and_longer_up_to_a_limit),
        cmocka_unit_test(an_answer_is_waited_for_twice_as_long_as_the_last_one),
        cmocka_unit_test(a_question_of_no_interest_any_more_is_no_failure),
        cmocka_unit_test(a_question_is_overdue_when_it_takes_longer_than_answers_usually_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
