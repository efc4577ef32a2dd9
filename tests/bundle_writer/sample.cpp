#include "tests/bundle_writer/sample.hpp"

#include <sporkle/parameter_block.hpp>

#include "codegen/ir/builder.hpp"
#include "tests/support/program_builder.hpp"

namespace sporkle::test {
namespace {

using codegen::Condition;
using codegen::Formula;
using codegen::Variant;

const codegen::EmitTarget& x86_target() {
    for (const auto& target : codegen::emit_targets())
        if (target->name() == "x86") return *target;
    throw std::logic_error("this build has no target x86");
}

/// One task for every 1000 elements.
Variant doubling_variant(const Program& program, const std::string& level, int lanes) {
    const ParameterBlock words(program);
    tile::Builder b("doubling.map-" + std::to_string(lanes), words.first_scratch);
    const auto buffer = [&](int tensor, bool writable) {
        tile::Buffer result;
        result.name = std::string(program.tensors[tensor].name.view());
        result.word = words.address(tensor);
        result.writable = writable;
        return b.add_buffer(result);
    };
    const int x = buffer(0, false), y = buffer(1, true);
    const tile::Value task = b.mul(b.grid_id(0), b.integer(1000));
    const tile::Value end =
        b.binary(tile::Op::min, b.add(task, b.integer(1000)), b.parameter(words.index(0)));
    const tile::Type ids{DType::i64, static_cast<std::uint16_t>(lanes)};
    b.for_each(task, end, b.integer(lanes), [&](tile::Value i) {
        const tile::Value mask = b.compare(tile::Op::less, b.add(b.lane_ids(ids), i), b.splat(end, lanes));
        const tile::Value value = b.load(x, i, lanes, mask);
        b.store(y, b.add(value, value), i, mask);
    });
    Variant variant;
    variant.machine = x86_target().machine(level);
    variant.schedule.name = "map-" + std::to_string(lanes);
    codegen::Dispatch dispatch;
    dispatch.kernel = b.finish();
    dispatch.grid[0] = Formula{{{1, {{{words.index(0)}, 1000}}}}};
    variant.dispatches.push_back(std::move(dispatch));
    return variant;
}

}  // namespace

Program doubling(const std::string& name) {
    testing::ProgramBuilder b(name);
    const int i = b.index("i");
    const int x = b.input("x", DType::f32, 1), y = b.output("y", DType::f32, 1);
    const int value = b.read(x, {testing::at(i)});
    b.assign(y, {testing::at(i)}, b.binary(Op::add, value, value));
    return b.finish();
}

codegen::CompiledKernel compiled_doubling(const std::string& name) {
    codegen::CompiledKernel kernel;
    kernel.program = doubling(name);
    for (const std::string level : {"x86-64-v2", "x86-64-v3"}) {
        codegen::CompiledVariants part;
        part.variants.push_back(doubling_variant(kernel.program, level, 8));
        if (level == "x86-64-v3") {
            part.variants.push_back(doubling_variant(kernel.program, level, 4));
            part.variants[0].preconditions = {{Condition::stride_is, 0, 0, 0, 1},
                                              {Condition::extent_at_least, 0, 0, 0, 16}};
            part.variants[0].scratch = {{"panel", true, Formula::constant(4096)}};
            part.variants[0].dispatches[0].kernel.parameter_words += 1;
        }
        part.code = x86_target().emit(part.variants);
        kernel.parts.push_back(std::move(part));
    }
    return kernel;
}

codegen::CompiledKernel foreign_kernel(const std::string& name) {
    testing::ProgramBuilder b(name);
    const int x = b.input("x", DType::i32, 0), y = b.output("y", DType::i32, 0);
    b.assign(y, {}, b.unary(Op::neg, b.read(x, {})));
    codegen::CompiledKernel kernel;
    kernel.program = b.finish();
    codegen::CompiledVariants part;
    Variant variant;
    variant.machine.target = "wasm";
    variant.machine.architecture = "one";
    variant.schedule.name = "only";
    variant.dispatches.resize(1);
    part.variants = {variant};
    part.code.bytes.assign(100, std::byte{0x5a});
    part.code.entries = {{{0, 0, "main"}}};
    kernel.parts.push_back(std::move(part));
    return kernel;
}

}  // namespace sporkle::test
