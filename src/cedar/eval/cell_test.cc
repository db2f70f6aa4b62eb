#include "cedar/eval/cell.h"

#include <gtest/gtest.h>

#include <random>

namespace sally::cedar {
namespace {

Value random_value(std::mt19937& random, int depth) {
  const auto small = [&] { return static_cast<int64_t>(random() % 4); };
  const auto text = [&] {
    return std::string(random() % 3, static_cast<char>('a' + random() % 2));
  };
  switch (random() % (depth > 0 ? 10 : 8)) {
    case 0:
      return Value::boolean(random() % 2 == 0);
    case 1:
      return Value::number(small() - 2);
    case 2:
      return Value::string(text());
    case 3:
      return Value::entity({"T" + text(), text()});
    case 4:
      return Value::decimal({small()});
    case 5:
      return Value::datetime({small()});
    case 6:
      return Value::duration({small()});
    case 7:
      return Value::ip(*IpRange::parse("10.0.0." + std::to_string(small())));
    case 8: {
      std::vector<Value> elements;
      for (size_t n = random() % 4; n > 0; --n) {
        elements.push_back(random_value(random, depth - 1));
      }
      return Value::set(std::move(elements));
    }
    default: {
      std::vector<Field> fields;
      for (const char* name : {"a", "bb", "c"}) {
        if (random() % 2 == 0) {
          fields.push_back({name, random_value(random, depth - 1)});
        }
      }
      return Value::record(std::move(fields));
    }
  }
}

TEST(Cell, IsTheValueItWasMadeFrom) {
  std::mt19937 random(1);
  Arena arena = Arena::growing();
  for (int i = 0; i < 2000; ++i) {
    const Value value = random_value(random, 3);
    Cell cell;
    ASSERT_TRUE(to_cell(value, arena, cell));
    EXPECT_EQ(to_value(cell), value) << value.to_string();
  }
}

TEST(Cell, ComparesEqualExactlyWhereValuesDo) {
  std::mt19937 random(2);
  Arena arena = Arena::growing();
  int equal = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Value a = random_value(random, 2);
    const Value b = random_value(random, 2);
    Cell x;
    Cell y;
    ASSERT_TRUE(to_cell(a, arena, x) && to_cell(b, arena, y));
    ASSERT_EQ(same_value(x, y), a == b) << a.to_string() << " " << b.to_string();
    ASSERT_EQ(compare(x, y) < 0, compare(y, x) > 0);
    equal += a == b ? 1 : 0;
  }
  EXPECT_GT(equal, 100);
}

TEST(Cell, StopsAtTheLimitOfItsArena) {
  std::mt19937 random(3);
  int refused = 0;
  for (size_t limit = 0; limit < 600; ++limit) {
    Arena arena = Arena::fixed(limit);
    Cell cell;
    refused += to_cell(random_value(random, 3), arena, cell) ? 0 : 1;
  }
  EXPECT_GT(refused, 10);
}

TEST(Cell, FindsFieldsInSmallAndLargeRecords) {
  Arena arena = Arena::growing();
  for (const int size : {0, 1, 8, 9, 100}) {
    std::vector<Field> fields;
    for (int i = 0; i < size; ++i) {
      fields.push_back({std::to_string(i * i), Value::number(i)});
    }
    Cell cell;
    ASSERT_TRUE(to_cell(Value::record(std::move(fields)), arena, cell));
    for (int i = 0; i < size; ++i) {
      const Cell* found = find_field(cell.as_record(), std::to_string(i * i));
      ASSERT_NE(found, nullptr) << i;
      EXPECT_EQ(found->number, i);
    }
    EXPECT_EQ(find_field(cell.as_record(), "x"), nullptr);
    EXPECT_EQ(find_field(cell.as_record(), ""), nullptr);
  }
}

}  // namespace
}  // namespace sally::cedar
