#include "targets/spirv/interface/probe_modules.hpp"

#include <spirv/unified1/GLSL.std.450.h>
#include <bit>

#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/interface/word_writer.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Id = WordWriter::Id;

template <class Enumerant>
constexpr std::uint32_t number(Enumerant enumerant) {
    return static_cast<std::uint32_t>(enumerant);
}

/// What all modules have in common: head, decorations, types, and the way into the main function. Elements
/// that are read and written are of one type.
class ProbeModule {
  public:
    /// Inputs that the module asks for, in its interface.
    struct Input {
        spv::BuiltIn builtin;
        bool is_vector;
        Id variable = 0;
    };

    void head(std::initializer_list<spv::Capability> capabilities, std::vector<Input> inputs,
              std::initializer_list<std::uint32_t> controlled_widths) {
        inputs_ = std::move(inputs);
        for (const auto capability : {spv::Capability::Shader, spv::Capability::Int64,
                                      spv::Capability::PhysicalStorageBufferAddresses})
            w.write(Op::OpCapability, {number(capability)});
        for (const auto capability : capabilities) w.write(Op::OpCapability, {number(capability)});
        if (controlled_widths.size() > 0)
            for (const auto capability : {spv::Capability::DenormPreserve, spv::Capability::RoundingModeRTE,
                                          spv::Capability::SignedZeroInfNanPreserve})
                w.write(Op::OpCapability, {number(capability)});
        glsl = w.new_id();
        std::vector<std::uint32_t> import{glsl};
        const auto name = WordWriter::text("GLSL.std.450");
        import.insert(import.end(), name.begin(), name.end());
        w.write(Op::OpExtInstImport, import);
        w.write(Op::OpMemoryModel,
                {number(spv::AddressingModel::PhysicalStorageBuffer64), number(spv::MemoryModel::GLSL450)});
        main_ = w.new_id();
        constants_ = w.new_id();
        std::vector<std::uint32_t> entry{number(spv::ExecutionModel::GLCompute), main_};
        const auto main_name = WordWriter::text("main");
        entry.insert(entry.end(), main_name.begin(), main_name.end());
        entry.push_back(constants_);
        for (Input& input : inputs_) entry.push_back(input.variable = w.new_id());
        w.write(Op::OpEntryPoint, entry);
        w.write(Op::OpExecutionMode, {main_, number(spv::ExecutionMode::LocalSize), probe_group, 1, 1});
        for (const std::uint32_t width : controlled_widths)
            for (const auto mode : {spv::ExecutionMode::DenormPreserve, spv::ExecutionMode::RoundingModeRTE,
                                    spv::ExecutionMode::SignedZeroInfNanPreserve})
                w.write(Op::OpExecutionMode, {main_, number(mode), width});
        decorate(inputs_);
    }

    /// Types; afterwards element must be defined and open() called.
    void types() {
        void_ = w.define(Op::OpTypeVoid, {});
        u32 = w.define(Op::OpTypeInt, {32, 0});
        u64 = w.define(Op::OpTypeInt, {64, 0});
        vector_ = w.define(Op::OpTypeVector, {u32, 3});
    }

    void open(Id element, std::uint32_t element_bytes) {
        element_ = element;
        element_bytes_ = element_bytes;
        const auto constant_class = number(spv::StorageClass::PushConstant);
        const Id block = block_;
        w.write(Op::OpTypeStruct, {block, u64, u64});
        const Id block_pointer = w.define(Op::OpTypePointer, {constant_class, block});
        const Id address_pointer = w.define(Op::OpTypePointer, {constant_class, u64});
        pointer_ = w.define(Op::OpTypePointer, {number(spv::StorageClass::PhysicalStorageBuffer), element});
        w.write(Op::OpVariable, {block_pointer, constants_, constant_class});
        const auto input_class = number(spv::StorageClass::Input);
        const Id vector_pointer = w.define(Op::OpTypePointer, {input_class, vector_});
        const Id scalar_pointer = w.define(Op::OpTypePointer, {input_class, u32});
        for (const Input& input : inputs_)
            w.write(Op::OpVariable,
                    {input.is_vector ? vector_pointer : scalar_pointer, input.variable, input_class});
        bytes_ = w.compute(Op::OpConstant, u64, {element_bytes, 0});
        const Id numbers[2] = {integer(0), integer(1)};
        const Id function_type = w.define(Op::OpTypeFunction, {void_});
        w.write(Op::OpFunction, {void_, main_, number(spv::FunctionControlMask::MaskNone), function_type});
        w.define(Op::OpLabel, {});
        for (int n = 0; n < 2; ++n) {
            const Id at = w.compute(Op::OpAccessChain, address_pointer, {constants_, numbers[n]});
            (n == 0 ? from_ : to_) = w.compute(Op::OpLoad, u64, {at});
        }
    }

    Id integer(std::uint32_t value) { return w.compute(Op::OpConstant, u32, {value}); }
    Id input(std::size_t n) {
        const Id value = w.compute(Op::OpLoad, inputs_[n].is_vector ? vector_ : u32, {inputs_[n].variable});
        return inputs_[n].is_vector ? w.compute(Op::OpCompositeExtract, u32, {value, 0}) : value;
    }
    Id load(Id index) {
        return w.compute(Op::OpLoad, element_,
                         {place(from_, index), number(spv::MemoryAccessMask::Aligned), element_bytes_});
    }
    void store(Id index, Id value) {
        w.write(Op::OpStore,
                {place(to_, index), value, number(spv::MemoryAccessMask::Aligned), element_bytes_});
    }
    std::vector<std::uint32_t> close() {
        w.write(Op::OpReturn, {});
        w.write(Op::OpFunctionEnd, {});
        return w.finish();
    }

    WordWriter w;
    Id glsl = 0, u32 = 0, u64 = 0;
    std::vector<Id> exact;  ///< results that are decorated NoContraction, reserved before head()
    Id specialised = 0;     ///< the constant of SpecId::subgroup_size, reserved before head()

  private:
    void decorate(const std::vector<Input>& inputs) {
        block_ = w.new_id();
        w.write(Op::OpDecorate, {block_, number(spv::Decoration::Block)});
        w.write(Op::OpMemberDecorate, {block_, 0, number(spv::Decoration::Offset), 0});
        w.write(Op::OpMemberDecorate, {block_, 1, number(spv::Decoration::Offset), 8});
        for (const Input& input : inputs)
            w.write(Op::OpDecorate,
                    {input.variable, number(spv::Decoration::BuiltIn), number(input.builtin)});
        for (const Id id : exact) w.write(Op::OpDecorate, {id, number(spv::Decoration::NoContraction)});
        if (specialised != 0)
            w.write(Op::OpDecorate,
                    {specialised, number(spv::Decoration::SpecId), number(SpecId::subgroup_size)});
    }
    Id place(Id base, Id index) {
        const Id wide = w.compute(Op::OpUConvert, u64, {index});
        const Id offset = w.compute(Op::OpIMul, u64, {wide, bytes_});
        const Id address = w.compute(Op::OpIAdd, u64, {base, offset});
        return w.compute(Op::OpConvertUToPtr, pointer_, {address});
    }

    std::vector<Input> inputs_;
    Id main_ = 0, constants_ = 0, block_ = 0, void_ = 0, vector_ = 0, element_ = 0, pointer_ = 0;
    Id bytes_ = 0, from_ = 0, to_ = 0;
    std::uint32_t element_bytes_ = 0;
};

}  // namespace

std::vector<std::uint32_t> arithmetic_module(std::uint32_t width, bool converts) {
    ProbeModule m;
    for (std::size_t n = 0; n <= column_multiply; ++n) m.exact.push_back(m.w.new_id());
    const std::vector<ProbeModule::Input> inputs{{spv::BuiltIn::GlobalInvocationId, true}};
    const bool is_wide = width == 64;
    if (is_wide || converts)
        m.head({spv::Capability::Float64}, inputs, {32, 64});
    else
        m.head({}, inputs, {32});
    m.types();
    const Id type = m.w.define(Op::OpTypeFloat, {width}), boolean = m.w.define(Op::OpTypeBool, {});
    const Id other_type = converts ? m.w.define(Op::OpTypeFloat, {96 - width}) : 0;
    const Id bits = is_wide ? m.u64 : m.u32;
    const auto pattern = [&](std::uint64_t value) {
        const auto low = static_cast<std::uint32_t>(value), high = static_cast<std::uint32_t>(value >> 32);
        return is_wide ? m.w.compute(Op::OpConstant, bits, {low, high}) : m.integer(low);
    };
    Id constants[probe_columns];
    for (std::uint32_t n = 0; n < probe_columns; ++n) constants[n] = m.integer(n);
    const Id three = m.integer(3), columns = m.integer(probe_columns), half = m.integer(32);
    const Id sign = pattern(std::uint64_t{1} << (width - 1));
    const auto number = [&](float value) {
        if (!is_wide) return m.w.compute(Op::OpConstant, type, {std::bit_cast<std::uint32_t>(value)});
        const auto wide = std::bit_cast<std::uint64_t>(static_cast<double>(value));
        return m.w.compute(Op::OpConstant, type,
                           {static_cast<std::uint32_t>(wide), static_cast<std::uint32_t>(wide >> 32)});
    };
    const Id zero = number(0), one = number(1), no_bit = pattern(0);
    Id one_bit[2 * comparison_count];
    for (std::size_t n = 0; n < 2 * comparison_count; ++n) one_bit[n] = pattern(std::uint64_t{1} << n);
    m.open(bits, width / 8);

    const Id i = m.input(0);
    const Id row = m.w.compute(Op::OpIMul, m.u32, {i, three});
    Id loaded[3], element[3];
    for (int n = 0; n < 3; ++n) {
        loaded[n] = m.load(m.w.compute(Op::OpIAdd, m.u32, {row, constants[n]}));
        element[n] = m.w.compute(Op::OpBitcast, type, {loaded[n]});
    }
    const auto [a, b, c] = element;
    m.w.write(Op::OpExtInst, {type, m.exact[column_fma], m.glsl, GLSLstd450Fma, a, b, c});
    m.w.write(Op::OpFDiv, {type, m.exact[column_divide], a, b});
    m.w.write(Op::OpExtInst, {type, m.exact[column_sqrt], m.glsl, GLSLstd450Sqrt, a});
    m.w.write(Op::OpFAdd, {type, m.exact[column_add], a, b});
    m.w.write(Op::OpFMul, {type, m.exact[column_multiply], a, b});
    std::vector<Id> results;
    for (const Id id : m.exact) results.push_back(m.w.compute(Op::OpBitcast, bits, {id}));
    const Id a_bits = m.w.compute(Op::OpBitcast, bits, {a});
    const Id negated =
        m.w.compute(Op::OpBitcast, type, {m.w.compute(Op::OpBitwiseXor, bits, {a_bits, sign})});
    results.push_back(m.w.compute(Op::OpBitcast, bits, {negated}));
    Id relations = no_bit;
    constexpr Op comparisons[comparison_count] = {Op::OpFOrdLessThan,    Op::OpFOrdLessThanEqual,
                                                  Op::OpFOrdGreaterThan, Op::OpFOrdGreaterThanEqual,
                                                  Op::OpFOrdEqual,       Op::OpFUnordNotEqual};
    for (std::size_t n = 0; n < 2 * comparison_count; ++n) {
        const Id side = n < comparison_count ? c : zero;
        const Id holds = m.w.compute(comparisons[n % comparison_count], boolean, {a, side});
        const Id bit = m.w.compute(Op::OpSelect, bits, {holds, one_bit[n], no_bit});
        relations = m.w.compute(Op::OpBitwiseOr, bits, {relations, bit});
    }
    results.push_back(relations);
    const Id is_less = m.w.compute(Op::OpFOrdLessThan, boolean, {a, one});
    const Id chosen = m.w.compute(Op::OpSelect, type, {is_less, a, one});
    results.push_back(m.w.compute(Op::OpBitcast, bits, {chosen}));
    Id converted = loaded[0];
    if (converts) {
        converted = m.w.compute(Op::OpFConvert, other_type, {a});
        converted = m.w.compute(Op::OpBitcast, is_wide ? m.u32 : m.u64, {converted});
        const Id upper = is_wide ? 0 : m.w.compute(Op::OpShiftRightLogical, m.u64, {converted, half});
        converted = m.w.compute(Op::OpUConvert, bits, {converted});
        if (!is_wide)
            converted =
                m.w.compute(Op::OpBitwiseXor, bits, {converted, m.w.compute(Op::OpUConvert, bits, {upper})});
    }
    results.push_back(converted);
    const Id result_row = m.w.compute(Op::OpIMul, m.u32, {i, columns});
    for (std::size_t n = 0; n < probe_columns; ++n)
        m.store(m.w.compute(Op::OpIAdd, m.u32, {result_row, constants[n]}), results[n]);
    return m.close();
}

std::vector<std::uint32_t> folding_module(std::uint32_t width) {
    ProbeModule m;
    for (std::size_t n = 0; n <= folding_sum; ++n) m.exact.push_back(m.w.new_id());
    const std::vector<ProbeModule::Input> inputs{{spv::BuiltIn::GlobalInvocationId, true}};
    if (width == 64)
        m.head({spv::Capability::Float64}, inputs, {32, 64});
    else
        m.head({}, inputs, {32});
    m.types();
    const Id type = m.w.define(Op::OpTypeFloat, {width}), boolean = m.w.define(Op::OpTypeBool, {});
    const auto constant = [&](float value) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        const auto wide = std::bit_cast<std::uint64_t>(static_cast<double>(value));
        return width == 64
                   ? m.w.compute(Op::OpConstant, type,
                                 {static_cast<std::uint32_t>(wide), static_cast<std::uint32_t>(wide >> 32)})
                   : m.w.compute(Op::OpConstant, type, {bits});
    };
    const Id zero = constant(0), minus_zero = constant(-0.0f), one = constant(1), two = constant(2);
    const Id five = m.w.compute(Op::OpConstant, m.u64, {5, 0});
    const Id beyond = m.w.compute(Op::OpConstant, m.u64, {0x80000000u, 0});
    Id number[folding_columns];
    for (std::uint32_t n = 0; n < folding_columns; ++n) number[n] = m.integer(n);
    const Id columns = m.integer(folding_columns), half_group = m.integer(probe_group / 2);
    m.open(type, width / 8);

    const Id invocation = m.input(0), x = m.load(invocation);
    const Id less = m.w.compute(Op::OpISub, m.u32, {invocation, half_group});
    const Id i = m.w.compute(Op::OpConvertSToF, type, {less});
    const Id converted = m.w.compute(Op::OpConvertSToF, type, {number[0]});
    const auto result = [&](Op op, FoldingColumn column, Id a, Id b) {
        m.w.write(op, {type, m.exact[column], a, b});
    };
    const auto fma = [&](FoldingColumn column, Id a, Id b, Id c) {
        m.w.write(Op::OpExtInst, {type, m.exact[column], m.glsl, GLSLstd450Fma, a, b, c});
    };
    result(Op::OpFAdd, folding_x_plus_zero, x, zero);
    result(Op::OpFAdd, folding_zero_plus_x, zero, x);
    result(Op::OpFSub, folding_x_minus_zero, x, zero);
    result(Op::OpFSub, folding_zero_minus_x, zero, x);
    result(Op::OpFSub, folding_x_minus_x, x, x);
    result(Op::OpFMul, folding_x_times_zero, x, zero);
    result(Op::OpFMul, folding_minus_zero_times_x, minus_zero, x);
    result(Op::OpFDiv, folding_zero_over_x, zero, x);
    result(Op::OpFDiv, folding_x_over_zero, x, zero);
    fma(folding_x_zero_x, x, zero, x);
    fma(folding_x_x_zero, x, x, zero);
    result(Op::OpFMul, folding_i_times_zero, i, zero);
    fma(folding_i_minus_zero, i, zero, minus_zero);
    result(Op::OpFSub, folding_zero_minus_i, zero, i);
    result(Op::OpFMul, folding_x_converted, x, converted);
    const Id extended = m.w.compute(Op::OpSConvert, m.u64, {less});
    std::vector<Id> results = m.exact;
    for (const Id bound : {five, beyond}) {
        const Id is_below = m.w.compute(Op::OpSLessThan, boolean, {extended, bound});
        results.push_back(m.w.compute(Op::OpSelect, type, {is_below, one, two}));
    }

    const Id before = m.w.new_id(), header = m.w.new_id(), body = m.w.new_id(), next = m.w.new_id();
    const Id merge = m.w.new_id(), turn = m.w.new_id(), next_turn = m.w.new_id(), sum = m.w.new_id();
    m.w.write(Op::OpBranch, {before});
    m.w.write(Op::OpLabel, {before});
    m.w.write(Op::OpBranch, {header});
    m.w.write(Op::OpLabel, {header});
    m.w.write(Op::OpPhi, {m.u32, turn, number[0], before, next_turn, next});
    m.w.write(Op::OpPhi, {type, sum, zero, before, m.exact[folding_sum], next});
    const Id more = m.w.compute(Op::OpULessThan, boolean, {turn, number[2]});
    m.w.write(Op::OpLoopMerge, {merge, next, spirv::number(spv::LoopControlMask::Unroll)});
    m.w.write(Op::OpBranchConditional, {more, body, merge});
    m.w.write(Op::OpLabel, {body});
    result(Op::OpFAdd, folding_sum, sum, x);
    m.w.write(Op::OpBranch, {next});
    m.w.write(Op::OpLabel, {next});
    m.w.write(Op::OpIAdd, {m.u32, next_turn, turn, number[1]});
    m.w.write(Op::OpBranch, {header});
    m.w.write(Op::OpLabel, {merge});

    results[folding_sum] = sum;
    const Id row = m.w.compute(Op::OpIMul, m.u32, {invocation, columns});
    for (std::size_t n = 0; n < folding_columns; ++n)
        m.store(m.w.compute(Op::OpIAdd, m.u32, {row, number[n]}), results[n]);
    return m.close();
}

std::vector<std::uint32_t> loop_module() {
    ProbeModule m;
    m.head({}, {}, {});
    m.types();
    const Id boolean = m.w.define(Op::OpTypeBool, {});
    const Id zero = m.integer(0), one = m.integer(1);
    m.open(m.u32, 4);
    const Id turns = m.load(zero);
    const Id before = m.w.new_id(), header = m.w.new_id(), body = m.w.new_id(), next = m.w.new_id();
    const Id merge = m.w.new_id(), turn = m.w.new_id(), next_turn = m.w.new_id();
    m.w.write(Op::OpBranch, {before});
    m.w.write(Op::OpLabel, {before});
    m.w.write(Op::OpBranch, {header});
    m.w.write(Op::OpLabel, {header});
    m.w.write(Op::OpPhi, {m.u32, turn, zero, before, next_turn, next});
    const Id more = m.w.compute(Op::OpULessThan, boolean, {turn, turns});
    m.w.write(Op::OpLoopMerge, {merge, next, number(spv::LoopControlMask::MaskNone)});
    m.w.write(Op::OpBranchConditional, {more, body, merge});
    m.w.write(Op::OpLabel, {body});
    m.w.write(Op::OpBranch, {next});
    m.w.write(Op::OpLabel, {next});
    m.w.write(Op::OpIAdd, {m.u32, next_turn, turn, one});
    m.w.write(Op::OpBranch, {header});
    m.w.write(Op::OpLabel, {merge});
    m.store(zero, turn);
    return m.close();
}

std::vector<std::uint32_t> subgroup_module() {
    ProbeModule m;
    m.specialised = m.w.new_id();
    m.head({spv::Capability::GroupNonUniform},
           {{spv::BuiltIn::LocalInvocationIndex, false},
            {spv::BuiltIn::SubgroupId, false},
            {spv::BuiltIn::SubgroupLocalInvocationId, false},
            {spv::BuiltIn::SubgroupSize, false}},
           {});
    m.types();
    const Id boolean = m.w.define(Op::OpTypeBool, {});
    m.w.write(Op::OpSpecConstant, {m.u32, m.specialised, 1});
    const Id zero = m.integer(0), one = m.integer(1);
    m.open(m.u32, 4);
    const Id index = m.input(0), subgroup = m.input(1), lane = m.input(2), size = m.input(3);
    const Id first = m.w.compute(Op::OpIMul, m.u32, {subgroup, m.specialised});
    const Id expected = m.w.compute(Op::OpIAdd, m.u32, {first, lane});
    const Id in_place = m.w.compute(Op::OpIEqual, boolean, {index, expected});
    const Id right_size = m.w.compute(Op::OpIEqual, boolean, {size, m.specialised});
    const Id both = m.w.compute(Op::OpLogicalAnd, boolean, {in_place, right_size});
    m.store(index, m.w.compute(Op::OpSelect, m.u32, {both, one, zero}));
    return m.close();
}

}  // namespace sporkle::spirv
