# sally_embed(TARGET HEADER ROOT FILE...)
#
# Makes the texts of FILEs below ROOT part of TARGET: HEADER, which it may include, holds one row
#   {"name below ROOT", "text"},
# for each, in the order given.
function(sally_embed target header root)
  set(rows "")
  foreach(name IN LISTS ARGN)
    file(READ ${root}/${name} text)
    string(APPEND rows "{\"${name}\", R\"sally(${text})sally\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${name})
  endforeach()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(WRITE ${folder}/${header}.new "${rows}")
  file(COPY_FILE ${folder}/${header}.new ${folder}/${header} ONLY_IF_DIFFERENT)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
