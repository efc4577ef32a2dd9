#include "targets/spirv/emit/repair.hpp"

#include <functional>
#include <stdexcept>

#include <sporkle/error.hpp>
#include <sporkle/math/division.hpp>
#include <sporkle/math/flushing.hpp>
#include <sporkle/math/fma.hpp>
#include <sporkle/math/integer_division.hpp>
#include <sporkle/math/square_root.hpp>

#include "codegen/ir/builder.hpp"
#include "codegen/lower/tile_number.hpp"
#include "targets/spirv/emit/region_writer.hpp"

namespace sporkle::spirv {
namespace {

using codegen::TileNumber;
using tile::Builder;
using tile::Value;

struct Form {
    Repair repair;
    const char* name;
    DType operand;
    int operands;
    DType result;
};
constexpr DType f32 = DType::f32, f64 = DType::f64, i64 = DType::i64, truth = DType::boolean;
constexpr Form forms[] = {{Repair::fma_f32, "repair.fma.f32", f32, 3, f32},
                          {Repair::fma_f64, "repair.fma.f64", f64, 3, f64},
                          {Repair::flushed_fma_f32, "repair.flushed_fma.f32", f32, 3, f32},
                          {Repair::div_f32, "repair.div.f32", f32, 2, f32},
                          {Repair::div_f64, "repair.div.f64", f64, 2, f64},
                          {Repair::div_i64, "repair.div.i64", i64, 2, i64},
                          {Repair::sqrt_f32, "repair.sqrt.f32", f32, 1, f32},
                          {Repair::sqrt_f64, "repair.sqrt.f64", f64, 1, f64},
                          {Repair::convert_f64, "repair.convert.f64", f32, 1, f64},
                          {Repair::less_f32, "repair.less.f32", f32, 2, truth},
                          {Repair::less_equal_f32, "repair.less_equal.f32", f32, 2, truth},
                          {Repair::greater_f32, "repair.greater.f32", f32, 2, truth},
                          {Repair::greater_equal_f32, "repair.greater_equal.f32", f32, 2, truth},
                          {Repair::equal_f32, "repair.equal.f32", f32, 2, truth},
                          {Repair::not_equal_f32, "repair.not_equal.f32", f32, 2, truth},
                          {Repair::sign_f32, "repair.sign.f32", DType::u32, 1, DType::u32},
                          {Repair::operand_f32, "repair.operand.f32", f32, 1, f32},
                          {Repair::operand_f64, "repair.operand.f64", f64, 1, f64},
                          {Repair::subtrahend_f32, "repair.subtrahend.f32", f32, 1, f32},
                          {Repair::subtrahend_f64, "repair.subtrahend.f64", f64, 1, f64},
                          {Repair::extended_i64, "repair.extended.i64", i64, 1, i64}};

const Form& form_of(Repair repair) {
    const Form& form = forms[static_cast<std::size_t>(repair)];
    if (form.repair != repair) throw std::logic_error("the table of repairs is not in order");
    return form;
}

/// Whether it is no arithmetic, but joins its operand with what no compiler knows.
bool hides(Repair repair) { return repair >= Repair::sign_f32; }

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

/// A flushing fma, looked at, and what is right where it may be wrong.
Value checked_fma(Builder& b, TileNumber<float> x, TileNumber<float> y, TileNumber<float> z) {
    const TileNumber<float> flushed(b, b.fma(x.value(), y.value(), z.value(), true));
    const auto if_or = [&](TileNumber<bool> right, const std::function<Value()>& otherwise) {
        return b.if_else(
            right.value(), [&] { return std::vector<Value>{flushed.value()}; },
            [&] { return std::vector<Value>{otherwise()}; })[0];
    };
    return if_or(math::is_unflushed(x, y, z, flushed), [&] {
        return if_or(math::is_unflushed_without_product(x, y, z),
                     [&] { return b.fma(x.value(), y.value(), z.value()); });
    });
}

Value integer_quotient(Builder& b) {
    const auto operand = [&](int n) { return TileNumber<std::int64_t>(b, b.parameter(n, i64)); };
    const auto divide = [](TileNumber<std::uint32_t> x, TileNumber<std::uint32_t> y) { return x / y; };
    return math::integer_quotient(operand(0), operand(1), divide).value();
}

template <class T>
Value result_of(Builder& b, Repair repair) {
    std::vector<TileNumber<T>> x;
    for (int n = 0; n < form_of(repair).operands; ++n)
        x.emplace_back(b, b.parameter(n, codegen::dtype_of<T>()));
    switch (repair) {
        case Repair::fma_f32:
        case Repair::fma_f64:
            return math::software_fma(x[0], x[1], x[2]).value();
        case Repair::div_f32:
        case Repair::div_f64:
            return quotient(b, x[0], x[1]);
        case Repair::sqrt_f32:
        case Repair::sqrt_f64:
            return square_root(x[0]);
        default:
            break;
    }
    if constexpr (std::same_as<T, float>) switch (repair) {
            case Repair::flushed_fma_f32:
                return checked_fma(b, x[0], x[1], x[2]);
            case Repair::convert_f64:
                return math::widened(x[0]).value();
            case Repair::less_f32:
                return math::is_less(x[0], x[1]).value();
            case Repair::less_equal_f32:
                return math::is_less_or_equal(x[0], x[1]).value();
            case Repair::greater_f32:
                return math::is_less(x[1], x[0]).value();
            case Repair::greater_equal_f32:
                return math::is_less_or_equal(x[1], x[0]).value();
            case Repair::equal_f32:
                return math::is_equal(x[0], x[1]).value();
            case Repair::not_equal_f32:
                return math::is_not_equal(x[0], x[1]).value();
            default:
                break;
        }
    throw std::logic_error("the repair " + name_of(repair) + " is not arithmetic");
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

/// The operand, joined with a zero that no compiler knows to be one: the low bits of the parameter block's
/// address.
Id hidden_operand(Code& code, Repair repair, DispatchInputs& inputs_of_kernel) {
    Types& types = code.types();
    DispatchInputs inputs(code, inputs_of_kernel);
    const DType dtype = form_of(repair).operand;
    const Id type = types.in_register(dtype), pattern = types.integer(register_bits(dtype));
    constexpr std::uint64_t below_alignment = sizeof(std::uint64_t) - 1;
    Id zero = code.value(spv::Op::OpBitwiseAnd, types.integer(64),
                         {inputs.pushed(Pushed::words), types.long_word(below_alignment)});
    if (register_bits(dtype) == 32) zero = code.value(spv::Op::OpUConvert, pattern, {zero});
    const bool is_subtrahend = repair == Repair::subtrahend_f32 || repair == Repair::subtrahend_f64;
    // Not of the same bits as an operand's zero, which would swallow them and leave a mere change of sign.
    if (repair == Repair::sign_f32)
        zero = code.value(spv::Op::OpBitwiseOr, pattern,
                          {code.value(spv::Op::OpShiftLeftLogical, pattern, {zero, types.word(3u)}),
                           types.word(0x80000000u)});
    const bool adds = is_subtrahend || repair == Repair::sign_f32;
    const auto joined = [&](Id bits) {
        return code.value(adds ? spv::Op::OpBitwiseXor : spv::Op::OpBitwiseOr, pattern, {bits, zero});
    };
    const Id operand = code.parameter(0);
    return type == pattern ? joined(operand) : code.bitcast(type, joined(code.bitcast(pattern, operand)));
}

}  // namespace

std::string name_of(Repair repair) { return form_of(repair).name; }

tile::Kernel repair_kernel(Repair repair) {
    const Form& form = form_of(repair);
    Builder b(form.name, 4);
    tile::Buffer result;
    result.name = "result";
    result.dtype = form.result;
    result.word = 3;
    result.writable = true;
    b.add_buffer(result);
    b.store(0,
            form.operand == i64   ? integer_quotient(b)
            : form.operand == f64 ? result_of<double>(b, repair)
                                  : result_of<float>(b, repair),
            b.integer(0));
    return b.finish();
}

void add_repairs(Module& module, Types& types, const std::set<Repair>& wanted, DispatchInputs& inputs) {
    std::set<Repair> done;
    std::set<Repair> waiting = wanted;
    while (!waiting.empty()) {
        const Repair repair = *waiting.begin();
        waiting.erase(waiting.begin());
        if (!done.insert(repair).second) continue;
        const Form& form = form_of(repair);
        const std::vector<Id> parameters(static_cast<std::size_t>(form.operands),
                                         types.in_register(form.operand));
        Code code(module, types, types.in_register(form.result), parameters);
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
        for (const Repair first_guess :
             {Repair::div_f32, Repair::div_f64, Repair::sqrt_f32, Repair::sqrt_f64})
            inner.erase(first_guess);
        waiting.insert(inner.begin(), inner.end());
    }
}

}  // namespace sporkle::spirv
