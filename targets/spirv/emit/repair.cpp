#include "targets/spirv/emit/repair.hpp"

#include <sporkle/error.hpp>
#include <sporkle/math/division.hpp>
#include <sporkle/math/fma.hpp>
#include <sporkle/math/square_root.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/lower/tile_number.hpp"
#include "targets/spirv/emit/region_writer.hpp"

namespace sporkle::spirv {
namespace {

using codegen::TileNumber;
using tile::Builder;
using tile::Value;

/// Whether its operands have 64 bits.
bool is_wide(Repair repair) {
    return repair == Repair::fma_f64 || repair == Repair::div_f64 || repair == Repair::sqrt_f64 ||
           repair == Repair::operand_f64 || repair == Repair::subtrahend_f64 ||
           repair == Repair::extended_i64;
}

bool hides(Repair repair) { return repair >= Repair::operand_f32; }

int operand_count(Repair repair) {
    switch (repair) {
        case Repair::fma_f32:
        case Repair::fma_f64:
            return 3;
        case Repair::div_f32:
        case Repair::div_f64:
            return 2;
        default:
            return 1;
    }
}

template <class T>
Value quotient(Builder& b, TileNumber<T> x, TileNumber<T> y) {
    const auto reciprocal = [](TileNumber<T> z) { return TileNumber<T>(T(1)) / z; };
    return b.if_else(
        math::is_easy_division(x, y).value(),
        [&] { return std::vector<Value>{math::easy_quotient(x, y, reciprocal(y)).value()}; },
        [&] { return std::vector<Value>{math::any_quotient(x, y, reciprocal).value()}; })[0];
}

template <class T>
Value square_root(TileNumber<T> x) {
    return math::correct_square_root(
               x, [](TileNumber<T> y) { return sqrt(y); },
               [](TileNumber<T> r) { return TileNumber<T>(T(0.5)) / r; })
        .value();
}

template <class T>
Value result_of(Builder& b, Repair repair) {
    std::vector<TileNumber<T>> x;
    for (int n = 0; n < operand_count(repair); ++n) x.emplace_back(b, b.parameter(n, codegen::dtype_of<T>()));
    switch (operand_count(repair)) {
        case 3:
            return math::software_fma(x[0], x[1], x[2]).value();
        case 2:
            return quotient(b, x[0], x[1]);
        default:
            return square_root(x[0]);
    }
}

/// Parameters are the function's arguments, and what is stored is its result.
class FunctionWriter final : public RegionWriter {
  public:
    FunctionWriter(Code& code, const tile::Kernel& kernel, std::set<Repair>& repairs)
        : RegionWriter(code, kernel, repairs) {}
    Id result() const { return result_; }

  private:
    Id parameter(int word, DType) override { return code_.parameter(static_cast<std::size_t>(word)); }
    void store(const tile::Instruction& x) override { result_ = wide(x.operands[0])[0]; }
    Id grid_id(int) override { refuse(); }
    Id member_id() override { refuse(); }
    Lanes load(const tile::Instruction&) override { refuse(); }
    void barrier() override { refuse(); }
    Lanes shuffle(const tile::Instruction&) override { refuse(); }
    Id fragment(const tile::Instruction&) override { refuse(); }
    void store_fragment(const tile::Instruction&) override { refuse(); }
    [[noreturn]] void refuse() const {
        throw Error(ErrorCode::invalid_program, "spirv: the function " + kernel_.name + " is not arithmetic");
    }

    Id result_ = 0;
};

Id operand_type(Types& types, Repair repair) {
    if (repair == Repair::extended_i64) return types.integer(64);
    return types.floating(is_wide(repair) ? 64 : 32);
}

/// The operand, joined with a zero that no compiler knows to be one: the low bits of the parameter block's
/// address.
Id hidden_operand(Code& code, Repair repair, DispatchInputs& inputs_of_kernel) {
    Types& types = code.types();
    DispatchInputs inputs(code, inputs_of_kernel);
    const Id type = operand_type(types, repair), pattern = types.integer(is_wide(repair) ? 64 : 32);
    constexpr std::uint64_t below_alignment = sizeof(std::uint64_t) - 1;
    Id zero = code.value(spv::Op::OpBitwiseAnd, types.integer(64),
                         {inputs.pushed(Pushed::words), types.long_word(below_alignment)});
    if (!is_wide(repair)) zero = code.value(spv::Op::OpUConvert, pattern, {zero});
    const bool is_subtrahend = repair == Repair::subtrahend_f32 || repair == Repair::subtrahend_f64;
    const auto joined = [&](Id bits) {
        return code.value(is_subtrahend ? spv::Op::OpBitwiseXor : spv::Op::OpBitwiseOr, pattern,
                          {bits, zero});
    };
    const Id operand = code.parameter(0);
    return type == pattern ? joined(operand) : code.bitcast(type, joined(code.bitcast(pattern, operand)));
}

}  // namespace

std::string name_of(Repair repair) {
    switch (repair) {
        case Repair::fma_f32:
            return "repair.fma.f32";
        case Repair::fma_f64:
            return "repair.fma.f64";
        case Repair::div_f32:
            return "repair.div.f32";
        case Repair::div_f64:
            return "repair.div.f64";
        case Repair::sqrt_f32:
            return "repair.sqrt.f32";
        case Repair::sqrt_f64:
            return "repair.sqrt.f64";
        case Repair::operand_f32:
            return "repair.operand.f32";
        case Repair::operand_f64:
            return "repair.operand.f64";
        case Repair::subtrahend_f32:
            return "repair.subtrahend.f32";
        case Repair::subtrahend_f64:
            return "repair.subtrahend.f64";
        default:
            return "repair.extended.i64";
    }
}

tile::Kernel repair_kernel(Repair repair) {
    Builder b(name_of(repair), 4);
    tile::Buffer result;
    result.name = "result";
    result.dtype = is_wide(repair) ? DType::f64 : DType::f32;
    result.word = 3;
    result.writable = true;
    b.add_buffer(result);
    const Value value = is_wide(repair) ? result_of<double>(b, repair) : result_of<float>(b, repair);
    b.store(0, value, b.integer(0));
    return b.finish();
}

void add_repairs(Module& module, Types& types, const std::set<Repair>& wanted, DispatchInputs& inputs) {
    std::set<Repair> done;
    std::set<Repair> waiting = wanted;
    while (!waiting.empty()) {
        const Repair repair = *waiting.begin();
        waiting.erase(waiting.begin());
        if (!done.insert(repair).second) continue;
        const Id form = operand_type(types, repair);
        const std::vector<Id> parameters(static_cast<std::size_t>(operand_count(repair)), form);
        Code code(module, types, form, parameters);
        module.name(code.function(), name_of(repair));
        if (hides(repair)) {
            code.finish(hidden_operand(code, repair, inputs));
            continue;
        }
        const tile::Kernel kernel = repair_kernel(repair);
        std::set<Repair> inner;
        FunctionWriter writer(code, kernel, inner);
        writer.write(kernel.body);
        code.finish(writer.result());
        // Its divisions and square roots are first guesses.
        for (const Repair other : inner)
            if (hides(other) || other == Repair::fma_f32 || other == Repair::fma_f64) waiting.insert(other);
    }
}

}  // namespace sporkle::spirv
