# "Nothing that an application links contains or loads LLVM", checked on the finished files.
#
#   include("${PROJECT_SOURCE_DIR}/tests/structure/no_compiler.cmake")
#   sporkle_test_no_compiler(my_application)      # adds the test no_compiler.my_application
#
# Run as a script (cmake -DFILE=… -P) it fails when an executable, shared or static library
#   - needs a library of LLVM, Clang, LLD or SPIRV-Tools, directly or through others (ldd),
#   - defines or uses one of their symbols (nm), or
#   - holds the name of such a library, as it must in order to load it at run time,
# and, since programs have to start where there is no Vulkan, when it
#   - is linked with libvulkan, itself or through others, or uses a function of Vulkan by name.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_policy(VERSION 3.25)
  set(libraries "lib(LLVM|clang|lld[A-Z]|SPIRV-Tools)[^ ]*")

  function(refuse what)
    message(NOTICE "${FILE} ${what}")  # FATAL_ERROR would break the line
    message(FATAL_ERROR "refused")
  endfunction()

  # The dynamic linker resolves what is dynamic; of anything else ldd says so and fails.
  execute_process(COMMAND ldd "${FILE}" OUTPUT_VARIABLE needed ERROR_VARIABLE ignored RESULT_VARIABLE result)
  if(result EQUAL 0 AND needed MATCHES "${libraries}")
    refuse("contains a compiler: it needs ${CMAKE_MATCH_0}")
  elseif(result EQUAL 0 AND needed MATCHES "libvulkan\\.[^ ]*")
    refuse("demands Vulkan: it needs ${CMAKE_MATCH_0}")
  endif()

  foreach(table "" "-D")  # a stripped file has only its dynamic table
    execute_process(COMMAND nm -C ${table} "${FILE}" OUTPUT_VARIABLE symbols ERROR_VARIABLE ignored
                    RESULT_VARIABLE result)
    # A symbol stands behind its kind; "llvm::" may also stand inside template arguments.
    if(symbols MATCHES "[^A-Za-z0-9_:](llvm|clang|lld|spvtools)::[A-Za-z0-9_]+")
      refuse("contains a compiler: it has the symbol${CMAKE_MATCH_0}")
    elseif(symbols MATCHES " [A-Za-z] (LLVM[A-Z][A-Za-z0-9]+|clang_[A-Za-z0-9]+|spv[A-Z][A-Za-z0-9]+)\n")
      refuse("contains a compiler: it has the symbol ${CMAKE_MATCH_1}")
    elseif(symbols MATCHES " U (vk[A-Z][A-Za-z0-9]+)\n")
      refuse("demands Vulkan: it uses ${CMAKE_MATCH_1}")
    endif()
  endforeach()

  file(STRINGS "${FILE}" names REGEX "${libraries}")
  if(names)
    refuse("contains a compiler: it names ${names}")
  endif()
  return()
endif()

set(sporkle_no_compiler_script "${CMAKE_CURRENT_LIST_FILE}")

function(sporkle_test_no_compiler target)
  add_test(NAME no_compiler.${target}
           COMMAND "${CMAKE_COMMAND}" "-DFILE=$<TARGET_FILE:${target}>" -P "${sporkle_no_compiler_script}")
endfunction()
