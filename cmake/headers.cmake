# The target `headers`: every header of ours compiles alone, with nothing included before it.
if(SALLY_TESTS)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src
       ${CMAKE_SOURCE_DIR}/src/*.h)
  set(sources "")
  foreach(header IN LISTS headers)
    string(REPLACE "/" "__" stem ${header})
    set(source ${CMAKE_BINARY_DIR}/headers/${stem}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(headers OBJECT EXCLUDE_FROM_ALL ${sources})
  # Includes only; nothing is linked. The rooms' own paths come with them.
  get_property(rooms DIRECTORY ${CMAKE_SOURCE_DIR}/src PROPERTY SUBDIRECTORIES)
  foreach(folder IN LISTS rooms)
    cmake_path(GET folder FILENAME room)
    target_link_libraries(headers PRIVATE sally_${room})
  endforeach()
endif()
