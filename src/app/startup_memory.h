// Memory that only starting needs.
#pragma once

namespace sally::app {

// Most of what reading the configuration and starting touched is not touched again: the pages of
// the program and its libraries leave this process (they stay in the page cache, and come back
// where they are used), and free heap goes back to the system.
void give_back_startup_memory();

}  // namespace sally::app
