# What is installed, and the Debian package that `make package` makes of it.
include(GNUInstallDirs)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
install(TARGETS sallyport RUNTIME DESTINATION bin)
install(FILES packaging/sallyport.service DESTINATION lib/systemd/system)
install(FILES packaging/sallyport.sysusers DESTINATION lib/sysusers.d RENAME sallyport.conf)
install(FILES packaging/sallyport.yaml DESTINATION share/doc/sallyport/examples)
install(FILES docs/configuration.md docs/config.schema.json docs/operations.md docs/events.md
              docs/evidence.md docs/verification.md docs/verify_log.py LICENSE README.md
        DESTINATION share/doc/sallyport OPTIONAL)
set(completions ${CMAKE_BINARY_DIR}/completions)
foreach(pair "bash;share/bash-completion/completions/sallyport"
        "zsh;share/zsh/vendor-completions/_sallyport"
        "fish;share/fish/vendor_completions.d/sallyport.fish")
  list(GET pair 0 shell)
  list(GET pair 1 place)
  cmake_path(GET place PARENT_PATH folder)
  cmake_path(GET place FILENAME name)
  install(CODE "
    file(MAKE_DIRECTORY ${completions})
    execute_process(COMMAND $<TARGET_FILE:sallyport> completion ${shell}
                    OUTPUT_FILE ${completions}/${shell} COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES ${completions}/${shell} DESTINATION ${folder} RENAME ${name})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sallyport)
set(CPACK_PACKAGE_CONTACT "The Sallyport authors <sallyport@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "guarded gate in front of AI model servers")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)  # to verify upstreams by the system's store
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/postinst
                                       ${CMAKE_SOURCE_DIR}/packaging/prerm)
set(CPACK_STRIP_FILES ON)
include(CPack)
