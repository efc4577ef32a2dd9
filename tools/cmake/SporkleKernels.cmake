# sporkle_add_kernels(<name>
#                     SOURCES <file>…            C++ files with SPORKLE_EXPORT(kernel, …)
#                     [TARGETS <architecture>…]  default x86-64-v2 x86-64-v3 x86-64-v4
#                     [SHARED_BUNDLE])
#
# Compiles the kernels that SOURCES export, for every architecture in TARGETS, into one bundle and makes <name>
# a library that carries it:
#
#   target_link_libraries(app PRIVATE <name> Sporkle::runtime)
#
# is all an application needs. Include directories, definitions and options that are given to <name> hold for
# SOURCES too. With SHARED_BUNDLE the target <name>_shared is the bundle as a file of its own, <name>.so, for
# Context::load. The property SPORKLE_BUNDLE of <name> is the path of the bundle object.
#
# How it works: the user's own compiler compiles SOURCES; SPORKLE_EXPORT leaves the Programs, plain data, in a
# section of the object files; sporklec reads them from there, so it never parses C++. This one file serves
# Sporkle's own build and the installed package.

function(sporkle_add_kernels name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED_BUNDLE" "" "SOURCES;TARGETS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sporkle: sporkle_add_kernels(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}; "
                        "expected SOURCES, TARGETS or SHARED_BUNDLE")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "sporkle: sporkle_add_kernels(${name}) has no SOURCES: name the files with SPORKLE_EXPORT")
  endif()
  if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "sporkle: sporkle_add_kernels(${name}): the name becomes part of a symbol, "
                        "so it must be letters, digits and _ only")
  endif()
  if(SPORKLEC AND NOT TARGET Sporkle::sporklec)
    add_executable(Sporkle::sporklec IMPORTED)
    set_target_properties(Sporkle::sporklec PROPERTIES IMPORTED_LOCATION "${SPORKLEC}")
  endif()
  if(NOT TARGET Sporkle::sporklec)
    message(FATAL_ERROR "sporkle: sporkle_add_kernels(${name}) needs the kernel compiler, but this Sporkle was "
                        "built with SPORKLE_BUILD_COMPILER=OFF: set SPORKLEC to the path of a sporklec")
  endif()
  if(NOT arg_TARGETS)
    set(arg_TARGETS x86-64-v2 x86-64-v3 x86-64-v4)
  endif()
  list(TRANSFORM arg_TARGETS PREPEND "--target=" OUTPUT_VARIABLE target_options)

  # Programs are data in a section of the object: link-time optimisation would leave bitcode instead.
  add_library(${name}_programs OBJECT ${arg_SOURCES})
  set_target_properties(${name}_programs PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_options(${name}_programs PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-fno-lto>)
  target_link_libraries(${name}_programs PRIVATE Sporkle::dsl)
  target_include_directories(${name}_programs PRIVATE "$<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>")
  target_compile_definitions(${name}_programs PRIVATE "$<TARGET_PROPERTY:${name},COMPILE_DEFINITIONS>")
  target_compile_options(${name}_programs PRIVATE "$<TARGET_PROPERTY:${name},COMPILE_OPTIONS>")

  set(bundle "${CMAKE_CURRENT_BINARY_DIR}/${name}.sporkle.o")
  add_custom_command(
    OUTPUT "${bundle}"
    COMMAND Sporkle::sporklec "$<TARGET_OBJECTS:${name}_programs>" -o "${bundle}" --name ${name} ${target_options}
    DEPENDS Sporkle::sporklec "$<TARGET_OBJECTS:${name}_programs>"
    COMMENT "Compiling the kernels of ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties("${bundle}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)

  # Nothing in an application names the bundle, so an archive member would be left out: -u asks for it.
  add_library(${name} STATIC "${bundle}")
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX SPORKLE_BUNDLE "${bundle}")
  target_link_libraries(${name} PUBLIC Sporkle::dsl)
  target_link_options(${name} INTERFACE "LINKER:-u,sporkle_bundle_${name}")

  if(arg_SHARED_BUNDLE)
    add_library(${name}_shared MODULE "${bundle}")
    set_target_properties(${name}_shared PROPERTIES LINKER_LANGUAGE CXX PREFIX "" OUTPUT_NAME ${name} SUFFIX .so)
    target_link_options(${name}_shared PRIVATE -nostdlib)
  endif()
endfunction()
