/* The tree of uncommitted blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/block_tree.h"

#define CAPACITY 8u

static struct hs_tree_node memory[CAPACITY];
static struct hs_block_tree tree;

static struct hs_block block_of(uint8_t number, uint8_t parent, uint64_t height)
{
    return (struct hs_block){
        .id = {.bytes = {number}},
        .header = {.height = height, .parent_id = {.bytes = {parent}}},
    };
}

static void plant(uint32_t capacity)
{
    struct hs_block root = block_of(1, 0, 10);
    hs_block_tree_init(&tree, memory, capacity, &root);
}

static enum hs_status insert(uint8_t number, uint8_t parent, uint64_t height, uint32_t *slot)
{
    struct hs_block block = block_of(number, parent, height);
    return hs_block_tree_insert(&tree, &block, slot);
}

/* Inserts what must go in; its slot. */
static uint32_t grow(uint8_t number, uint8_t parent, uint64_t height)
{
    uint32_t slot = HS_TREE_NONE;
    assert_int_equal(insert(number, parent, height, &slot), HS_OK);
    return slot;
}

static bool holds(uint8_t number)
{
    struct hs_block_id id = {.bytes = {number}};
    return hs_block_tree_find(&tree, &id) != HS_TREE_NONE;
}

static void a_new_tree_holds_its_root_alone(void **state)
{
    (void)state;
    plant(CAPACITY);
    assert_int_equal(tree.count, 1);
    assert_true(holds(1));
    assert_false(holds(0));
    assert_int_equal(tree.nodes[tree.root].execution, HS_EXECUTION_VALID);
    assert_int_equal(tree.nodes[tree.root].parent, HS_TREE_NONE);
}

static void a_block_needs_its_parent_and_enters_once(void **state)
{
    (void)state;
    uint32_t slot = 0;
    plant(CAPACITY);
    assert_int_equal(insert(3, 2, 12, &slot), HS_UNKNOWN_PARENT);
    uint32_t two = grow(2, 1, 11);
    uint32_t three = grow(3, 2, 12);
    assert_int_equal(tree.nodes[three].parent, two);
    assert_int_equal(tree.nodes[three].execution, HS_EXECUTION_WAITING);
    assert_false(tree.nodes[three].certified);
    slot = 0;
    assert_int_equal(insert(3, 2, 12, &slot), HS_DUPLICATE);
    assert_int_equal(slot, three);
    assert_int_equal(insert(1, 0, 10, &slot), HS_DUPLICATE);
    assert_int_equal(slot, tree.root);
    assert_int_equal(tree.count, 3);
}

/* L14 */
static void a_full_tree_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    uint32_t slot = 0;
    plant(2);
    (void)grow(2, 1, 11);
    assert_int_equal(insert(3, 2, 12, &slot), HS_FULL);
    assert_int_equal(insert(2, 1, 11, &slot), HS_DUPLICATE);
    assert_int_equal(insert(9, 8, 12, &slot), HS_UNKNOWN_PARENT);
    assert_int_equal(tree.count, 2);
    assert_true(holds(1) && holds(2) && !holds(3));
}

/* X4: losing branches are dropped, at every depth. */
static void a_commit_drops_what_does_not_descend_from_it(void **state)
{
    (void)state;
    plant(CAPACITY);
    uint32_t two = grow(2, 1, 11);
    (void)grow(3, 1, 11);
    (void)grow(4, 3, 12);
    uint32_t five = grow(5, 2, 12);
    (void)grow(6, 4, 13);
    uint32_t seven = grow(7, 5, 13);
    (void)grow(8, 3, 12);
    assert_int_equal(tree.count, 8);

    hs_block_tree_commit(&tree, two);
    assert_int_equal(tree.root, two);
    assert_int_equal(tree.nodes[two].parent, HS_TREE_NONE);
    assert_int_equal(tree.count, 3);
    assert_true(holds(2) && holds(5) && holds(7));
    assert_false(holds(1) || holds(3) || holds(4) || holds(6) || holds(8));
    assert_int_equal(hs_block_tree_find(&tree, &tree.nodes[five].block.id), five);

    hs_block_tree_commit(&tree, seven); /* over more than one generation */
    assert_int_equal(tree.count, 1);
    assert_true(holds(7) && !holds(5) && !holds(2));
}

static void dropped_slots_are_used_again(void **state)
{
    (void)state;
    plant(3);
    uint8_t tip = 1;
    for (uint8_t number = 2; number < 200; number++) {
        uint32_t slot = grow(number, tip, 9u + number);
        (void)grow(201, tip, 9u + number); /* a rival that loses */
        hs_block_tree_commit(&tree, slot);
        assert_int_equal(tree.count, 1);
        assert_true(tree.slots_used <= 3);
        tip = number;
    }
}

static void a_leaf_that_goes_leaves_the_others(void **state)
{
    (void)state;
    plant(4);
    grow(2, 1, 11);
    uint32_t dead = grow(3, 1, 11);
    uint32_t child = grow(4, 2, 12);
    uint32_t slot;
    assert_int_equal(insert(5, 4, 13, &slot), HS_FULL);
    hs_block_tree_drop_leaf(&tree, dead);
    assert_int_equal(tree.count, 3);
    assert_false(holds(3));
    assert_true(holds(2));
    uint32_t grandchild = grow(5, 4, 13);
    assert_int_equal(tree.nodes[child].child_count, 1);
    hs_block_tree_drop_leaf(&tree, grandchild);
    hs_block_tree_drop_leaf(&tree, child);
    assert_int_equal(tree.nodes[tree.root].child_count, 1);
    assert_true(holds(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_that_goes_leaves_the_others),
        cmocka_unit_test(a_new_tree_holds_its_root_alone),
        cmocka_unit_test(a_block_needs_its_parent_and_enters_once),
        cmocka_unit_test(a_full_tree_refuses_and_keeps_what_it_has),
        cmocka_unit_test(a_commit_drops_what_does_not_descend_from_it),
        cmocka_unit_test(dropped_slots_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
