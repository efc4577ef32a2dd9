# The registry of targets that can emit code. Each targets/<name>/target.cmake calls
#   sporkle_emit_target(<name> <library>)
# for a library that defines  std::unique_ptr<sporkle::codegen::EmitTarget> sporkle::<name>::make_emit_target().
# Once all targets are known, codegen/registry makes sporkle::codegen::emit_targets() from the list, with
#   sporkle_emit_registry(<library> [<name>...])
# which makes a library that defines it, for those targets only where some are named.

function(sporkle_emit_target name library)
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "sporkle: the target name ${name} becomes a namespace: letters, digits and _ only")
  endif()
  set_property(GLOBAL APPEND PROPERTY SPORKLE_EMIT_TARGETS "${name}")
  set_property(GLOBAL APPEND PROPERTY SPORKLE_EMIT_LIBRARIES "${library}")
endfunction()

function(sporkle_emit_registry library)
  get_property(names GLOBAL PROPERTY SPORKLE_EMIT_TARGETS)
  get_property(libraries GLOBAL PROPERTY SPORKLE_EMIT_LIBRARIES)
  set(declarations "")
  set(calls "")
  set(used "")
  foreach(name emitter IN ZIP_LISTS names libraries)
    if(ARGN AND NOT name IN_LIST ARGN)
      continue()
    endif()
    list(APPEND used "${emitter}")
    string(APPEND declarations "namespace sporkle::${name} {\n"
                               "std::unique_ptr<codegen::EmitTarget> make_emit_target();\n}\n")
    string(APPEND calls "        all.push_back(${name}::make_emit_target());\n")
  endforeach()
  set(source "${PROJECT_BINARY_DIR}/generated/${library}.cpp")
  configure_file("${PROJECT_SOURCE_DIR}/codegen/registry/emit_targets.cpp.in" "${source}" @ONLY)
  add_library(${library} STATIC "${source}")
  target_link_libraries(${library} PUBLIC sporkle_codegen PRIVATE ${used} $<BUILD_INTERFACE:sporkle_settings>)
endfunction()
