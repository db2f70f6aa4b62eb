// TaskGroup: coroutines that run on their own and go with their group.
#pragma once

#include <cstddef>

#include "base/task.h"

namespace sally::net {

// Belongs to one loop's thread. What its tasks refer to outlives the group.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  // Destroys the tasks that have not ended, and with them what they own.
  ~TaskGroup();

  // Runs `task` up to its first wait; it leaves the group when it ends.
  void start(Task<void> task);
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Link {
    Link* previous = this;
    Link* next = this;
  };
  struct Root;
  static Root run(TaskGroup& group, Task<void> task);

  Link roots_;  // the promises of those that run
  size_t size_ = 0;
};

}  // namespace sally::net
