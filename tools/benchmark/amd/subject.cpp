#include "tools/benchmark/amd/subject.hpp"

#include <sporkle/error.hpp>

#include "tools/benchmark/gpu/kernels.hpp"

namespace sporkle::bench::amd {

const codegen::EmitTarget& emitter(const std::string& target) {
    for (const auto& one : codegen::emit_targets())
        if (one->name() == target) return *one;
    throw Error(ErrorCode::unsupported, "this build emits no code for '" + target + "'");
}

std::vector<std::string> chips() { return emitter("amdgpu").architectures(); }

std::vector<Program> measured_programs(bool quick) {
    using namespace kernels;
    std::vector<Program> programs{gemm.program(), gelu.program(), softmax.program()};
    if (quick) return programs;
    for (const Program& more :
         {gemm_f16.program(), gemv.program(), affine_relu.program(), logistic.program(),
          exponential.program(), hyperbolic_tangent.program(), layer_norm.program(), copy.program(),
          add.program(), total_of.program(), increment.program(), conv7_nchw.program(), conv3_nchw.program(),
          conv1_nchw.program(), conv7_nhwc.program(), conv3_nhwc.program(), conv1_nhwc.program()})
        programs.push_back(more);
    return programs;
}

const Program& gemm_program() { return kernels::gemm.program(); }

std::vector<codegen::Schedule> tile_schedules(const codegen::Machine& machine) {
    std::vector<codegen::Schedule> tiles;
    for (const codegen::Schedule& one : codegen::enumerate_schedules(gemm_program(), machine))
        if (one.lowering == codegen::Lowering::contraction) tiles.push_back(one);
    return tiles;
}

codegen::Schedule tile_schedule(const codegen::Machine& machine, const std::string& name) {
    for (const codegen::Schedule& one : tile_schedules(machine))
        if (one.name == name) return one;
    throw Error(ErrorCode::invalid_argument,
                "the product has no schedule '" + name + "' on " + machine.architecture);
}

}  // namespace sporkle::bench::amd
