# The device driver for x86-64: CPU detection, numerics probe, launching tasks on threads.
file(GLOB x86_run_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
sporkle_run_target(x86 ${x86_run_sources})
