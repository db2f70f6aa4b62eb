# Compiler, warnings, hardening, sanitizers: the same for every target.
option(SALLY_TESTS "build the tests" ON)
option(SALLY_FUZZ "build the libFuzzer targets" OFF)
option(SALLY_WERROR "warnings are errors" ON)
set(SALLY_SANITIZE "" CACHE STRING "value of -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_COMPILE_WARNING_AS_ERROR ${SALLY_WERROR})

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch-enum
  -fno-omit-frame-pointer -fstack-protector-strong -fcf-protection
  -ftrivial-auto-var-init=zero)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang has no stack-clash gap for C++ coroutines on every target; it is accepted on x86-64 and arm64.
  add_compile_options(-fstack-clash-protection)
  # Members that a designated initialiser leaves out have the value their declaration gives them.
  add_compile_options(-Wno-missing-designated-field-initializers)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SALLY_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(SALLY_SANITIZE)
  add_compile_options(-fsanitize=${SALLY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SALLY_SANITIZE})
endif()
if(SALLY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")
find_program(MOLD mold)
if(MOLD)
  # Functions that a profile calls hot stand together, as other linkers place them unasked.
  add_link_options(-fuse-ld=mold -Wl,-z,keep-text-section-prefix)
endif()
