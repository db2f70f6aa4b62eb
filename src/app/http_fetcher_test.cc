#include "app/http_fetcher.h"

#include <gtest/gtest.h>

namespace sally::app {
namespace {

using std::chrono::seconds;

TEST(MaxAge, IsReadFromTheField) {
  EXPECT_EQ(max_age_of("max-age=60"), seconds(60));
  EXPECT_EQ(max_age_of("public, Max-Age=21600, must-revalidate"), seconds(21'600));
  EXPECT_EQ(max_age_of("no-store, max-age=60"), seconds(0));
  EXPECT_EQ(max_age_of("max-age=60, no-cache"), seconds(0));
  EXPECT_EQ(max_age_of("max-age=99999999999"), seconds(366L * 24 * 3'600));
}

TEST(MaxAge, IsNothingWhereTheFieldSaysNone) {
  for (const std::string_view field :
       {"", "private", "max-age=", "max-age=x", "max-age=-1", ",,,"}) {
    EXPECT_EQ(max_age_of(field), std::nullopt) << field;
  }
}

}  // namespace
}  // namespace sally::app
