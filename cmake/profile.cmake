# A release build is laid out by a profile of the gate at work (docs/adr/0012): functions that serve
# requests stand together, branches go where requests go. `make profile` records it again.
#
#   SALLY_PROFILE=use     with cmake/gate.profdata, where the compiler reads it (clang 19 wrote it)
#   SALLY_PROFILE=record  the program writes such a profile when it ends
#   SALLY_PROFILE=ignore
set(SALLY_PROFILE "use" CACHE STRING "use, record or ignore the profile of the gate at work")
if(NOT SALLY_PROFILE MATCHES "^(use|record|ignore)$")
  message(FATAL_ERROR "SALLY_PROFILE is `${SALLY_PROFILE}`; write use, record or ignore")
endif()

block()
  set(written_by 19)
  set(reads_it OFF)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang"
     AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL ${written_by})
    set(reads_it ON)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SALLY_SANITIZE AND reads_it)
    # Functions of one file are known by the file's name alone: a checkout may lie anywhere.
    set(names "SHELL:-mllvm -static-func-full-module-prefix=false")
    if(SALLY_PROFILE STREQUAL "record")
      add_compile_options(-fprofile-generate -fprofile-update=atomic ${names})
      add_link_options(-fprofile-generate)
    elseif(SALLY_PROFILE STREQUAL "use")
      # Its name tells its content, so that another profile makes everything again.
      set(profile ${CMAKE_CURRENT_LIST_DIR}/gate.profdata)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile})
      file(SHA256 ${profile} hash)
      string(SUBSTRING ${hash} 0 12 hash)
      set(copy ${CMAKE_BINARY_DIR}/gate-${hash}.profdata)
      configure_file(${profile} ${copy} COPYONLY)
      # Code that changed since is compiled as if there were no profile.
      # What serves requests now and then stands with what always does: fewer pages are needed.
      add_compile_options(-fprofile-use=${copy} ${names}
                          "SHELL:-mllvm -profile-summary-cutoff-hot=999990" -Wno-profile-instr-unprofiled
                          -Wno-profile-instr-out-of-date -Wno-backend-plugin)
    endif()
  endif()
endblock()
