#include "app/startup_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace sally::app {
namespace {

using Part = ElfW(Phdr);
using Entry = ElfW(Dyn);

// Whether the loader has written into what is otherwise read-only: it must not be read again from
// the file.
bool is_relocated_in_place(const dl_phdr_info& object, const Part& dynamic) {
  // The loader tells where things are by numbers.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* entry = reinterpret_cast<const Entry*>(object.dlpi_addr + dynamic.p_vaddr);
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_TEXTREL ||
        (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) {
      return true;
    }
  }
  return false;
}

int give_back_pages_of(dl_phdr_info* object, size_t /*size*/, void* /*unused*/) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::span parts(object->dlpi_phdr, object->dlpi_phnum);
  if (std::ranges::any_of(parts, [&](const Part& part) {
        return part.p_type == PT_DYNAMIC && is_relocated_in_place(*object, part);
      })) {
    return 0;
  }
  for (const Part& part : parts) {
    if (part.p_type == PT_LOAD && (part.p_flags & PF_W) == 0) {
      const uintptr_t begin = (object->dlpi_addr + part.p_vaddr) & ~(page - 1);
      const uintptr_t end = object->dlpi_addr + part.p_vaddr + part.p_memsz;
      // Refused for what the kernel itself maps (the vdso): then it stays.
      [[maybe_unused]] const int given =
          // NOLINTNEXTLINE(performance-no-int-to-ptr)
          madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
  }
  return 0;
}

}  // namespace

void give_back_startup_memory() {
  dl_iterate_phdr(give_back_pages_of, nullptr);
  malloc_trim(0);
}

}  // namespace sally::app
