# Settings of every target of Sporkle itself; users' targets get none of them.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(sporkle_settings INTERFACE)
target_compile_features(sporkle_settings INTERFACE cxx_std_20)
# -ffp-contract=off: the reference evaluator's arithmetic must not be fused behind our back.
target_compile_options(sporkle_settings INTERFACE -Wall -Wextra -Wpedantic -ffp-contract=off)
# GCC 12 and 13 see overlapping copies in "text" + std::to_string(n), where there are none (GCC bug 105651).
target_compile_options(sporkle_settings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_include_directories(sporkle_settings INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
if(SPORKLE_SANITIZE)
  target_compile_options(sporkle_settings INTERFACE -fsanitize=${SPORKLE_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(sporkle_settings INTERFACE -fsanitize=${SPORKLE_SANITIZE})
endif()
