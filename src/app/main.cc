#include "app/command_line.h"

int main(int argc, char** argv) {
  const sally::SystemClock clock;
  sally::SystemRandom random;
  const sally::app::Outside outside = sally::app::system_outside();
  sally::app::Console console = sally::app::Console::standard();
  return sally::app::run_command_line(
      {.clock = clock, .random = random, .outside = outside, .console = console}, argc, argv);
}
