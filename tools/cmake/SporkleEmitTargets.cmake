# The registry of targets that can emit code. Each targets/<name>/target.cmake calls
#   sporkle_emit_target(<name> <library>)
# for a library that defines  std::unique_ptr<sporkle::codegen::EmitTarget> sporkle::<name>::make_emit_target().
# Once all targets are known, codegen/registry makes sporkle::codegen::emit_targets() from the list.

function(sporkle_emit_target name library)
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "sporkle: the target name ${name} becomes a namespace: letters, digits and _ only")
  endif()
  set_property(GLOBAL APPEND PROPERTY SPORKLE_EMIT_TARGETS "${name}")
  set_property(GLOBAL APPEND PROPERTY SPORKLE_EMIT_LIBRARIES "${library}")
endfunction()
