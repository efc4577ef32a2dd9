// Every arithmetic operation of Tile IR, for every element type and number of lanes, on edge values.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/rules.hpp"
#include "tests/emit/machine.hpp"

namespace sporkle::test {
namespace {

using tile::Builder;
using tile::Op;
using tile::Type;
using tile::Value;

constexpr std::uint64_t seed = 20240601;

struct Case {
    DType type;
    int lanes;
};

std::string name_of_case(const testing::TestParamInfo<Case>& info) {
    std::string name(name_of(info.param.type));
    return name += "x" + std::to_string(info.param.lanes);
}

std::vector<Case> cases(std::vector<DType> types) {
    std::vector<Case> all;
    for (DType type : types)
        for (int lanes : arithmetic_lanes(type)) all.push_back({type, lanes});
    return all;
}

/// A kernel that walks its inputs vector by vector and stores each result in a buffer of its own.
class ElementwiseKernel {
  public:
    ElementwiseKernel(const std::string& name, std::vector<DType> inputs, int lanes)
        : builder_(name, 64), inputs_(std::move(inputs)), lanes_(lanes) {
        for (DType type : inputs_) add("input", type, false);
    }

    using Body = std::function<void(Builder& builder, const std::vector<Value>& inputs)>;

    /// Runs it on the given inputs, all of one length, which must be a multiple of the lanes.
    void expect_as_interpreted(std::vector<Contents> inputs, const Body& body) {
        const auto count = static_cast<std::int64_t>(inputs[0].bytes.size()) / size_of(inputs_[0]);
        Value at = builder_.parameter(63);
        builder_.for_each(builder_.integer(0), at, builder_.integer(lanes_), [&](Value element) {
            element_ = element;
            std::vector<Value> loaded;
            for (std::size_t n = 0; n < inputs_.size(); ++n)
                loaded.push_back(builder_.load(static_cast<int>(n), element, lanes_));
            body(builder_, loaded);
        });
        Call call;
        call.buffers = std::move(inputs);
        for (DType type : outputs_)
            call.buffers.push_back(
                {type, std::vector<std::byte>(static_cast<std::size_t>(count * size_of(type))), 0});
        call.parameters.assign(64, 0);
        call.parameters[63] = static_cast<std::uint64_t>(count);
        test::expect_as_interpreted(builder_.finish(), call);
    }

    void store(const std::string& name, Value value) {
        const DType type = builder_.type_of(value).scalar;
        outputs_.push_back(type);
        builder_.store(add(name, type, true), value, element_);
    }

  private:
    int add(const std::string& name, DType type, bool writable) {
        tile::Buffer buffer;
        buffer.name = name;
        buffer.dtype = type;
        buffer.word = words_++;
        buffer.writable = writable;
        return builder_.add_buffer(buffer);
    }

    Builder builder_;
    std::vector<DType> inputs_, outputs_;
    int lanes_, words_ = 0;
    Value element_;
};

/// All pairs of edge values, with random third operands, then random triples; a multiple of `lanes` elements.
std::vector<Contents> operands(DType type, int lanes) {
    std::mt19937_64 random(seed);
    const std::vector<std::uint64_t> edges = edge_patterns(type);
    std::size_t count = edges.size() * edges.size() + 200;
    count = (count + static_cast<std::size_t>(lanes) - 1) / static_cast<std::size_t>(lanes) *
            static_cast<std::size_t>(lanes);
    std::vector<Contents> three;
    for (int n = 0; n < 3; ++n) three.push_back(random_contents(type, count, random));
    const auto size = static_cast<std::size_t>(size_of(type));
    for (std::size_t i = 0; i < edges.size() * edges.size(); ++i) {
        std::memcpy(three[0].bytes.data() + i * size, &edges[i / edges.size()], size);
        std::memcpy(three[1].bytes.data() + i * size, &edges[i % edges.size()], size);
    }
    return three;
}

class Arithmetic : public testing::TestWithParam<Case> {};

TEST_P(Arithmetic, EveryOperationIsExact) {
    const auto [type, lanes] = GetParam();
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElementwiseKernel kernel("arithmetic", {type, type, type}, lanes);
    kernel.expect_as_interpreted(operands(type, lanes), [&](Builder& b, const std::vector<Value>& in) {
        for (int n = 0; n <= static_cast<int>(Op::select); ++n) {
            const Op op = static_cast<Op>(n);
            const std::string name(name_of(op));
            if (tile::is_unary(op) && tile::accepts(op, GetParam().type))
                kernel.store(name, b.unary(op, in[0]));
            else if ((tile::is_binary(op) || tile::is_comparison(op)) && tile::accepts(op, GetParam().type))
                kernel.store(name, b.binary(op, in[0], in[1]));
            else if (op == Op::fma && tile::accepts(op, GetParam().type))
                kernel.store(name, b.fma(in[0], in[1], in[2]));
        }
        const Value first_bit = GetParam().type == DType::boolean ? in[2] : b.convert(in[2], DType::boolean);
        kernel.store("select", b.select(first_bit, in[0], in[1]));
    });
}

INSTANTIATE_TEST_SUITE_P(Types, Arithmetic,
                         testing::ValuesIn(cases({DType::f64, DType::f32, DType::i8, DType::u8, DType::i16,
                                                  DType::i32, DType::u32, DType::i64, DType::boolean})),
                         name_of_case);

class Division : public testing::TestWithParam<Case> {};

TEST_P(Division, ByConstantsIsExact) {
    const auto [type, lanes] = GetParam();
    const int width = tile::width_of(type);
    ElementwiseKernel kernel("division", {type}, lanes);
    auto inputs = operands(type, lanes);
    inputs.resize(1);
    kernel.expect_as_interpreted(
        inputs, [&, type = type, lanes = lanes](Builder& b, const std::vector<Value>& in) {
            for (std::uint64_t divisor : {0ull, 1ull, 3ull, 8ull, 10ull, ~0ull, ~6ull, 1ull << (width - 1)}) {
                const Type form{type, static_cast<std::uint16_t>(lanes)};
                const Value constant = b.constant_bits(form, tile::normalized_bits(type, divisor));
                kernel.store("quotient by " + std::to_string(divisor), b.binary(Op::div, in[0], constant));
                kernel.store("remainder by " + std::to_string(divisor), b.binary(Op::rem, in[0], constant));
            }
        });
}

INSTANTIATE_TEST_SUITE_P(Types, Division,
                         testing::ValuesIn(cases({DType::i8, DType::u8, DType::i16, DType::i32, DType::u32,
                                                  DType::i64})),
                         name_of_case);

class Conversion : public testing::TestWithParam<Case> {};

TEST_P(Conversion, ToEveryTypeRoundsOnce) {
    const auto [type, lanes] = GetParam();
    SCOPED_TRACE("seed " + std::to_string(seed));
    ElementwiseKernel kernel("conversion", {type}, lanes);
    std::mt19937_64 random(seed);
    auto inputs = operands(type, lanes);
    inputs.resize(1);
    kernel.expect_as_interpreted(inputs, [&, type = type](Builder& b, const std::vector<Value>& in) {
        for (int n = 0; n < dtype_count; ++n) {
            const auto to = static_cast<DType>(n);
            kernel.store("convert to " + std::string(name_of(to)), b.convert(in[0], to));
            const bool may_cast = (to == DType::boolean) == (type == DType::boolean);
            if (may_cast && size_of(to) == size_of(type))
                kernel.store("bitcast to " + std::string(name_of(to)), b.bitcast(in[0], to));
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Types, Conversion,
                         testing::ValuesIn(cases({DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8,
                                                  DType::u8, DType::i16, DType::i32, DType::u32, DType::i64,
                                                  DType::boolean})),
                         name_of_case);

class Lanes : public testing::TestWithParam<Case> {};

TEST_P(Lanes, AreSplitJoinedAndSpread) {
    const auto [type, lanes] = GetParam();
    ElementwiseKernel kernel("lanes", {type, type}, lanes);
    auto inputs = operands(type, lanes);
    inputs.resize(2);
    kernel.expect_as_interpreted(
        inputs, [&, type = type, lanes = lanes](Builder& b, const std::vector<Value>& in) {
            const Value parts[] = {in[0], in[1], in[0]};
            const Value joined = b.concat(parts);
            kernel.store("middle", b.slice(joined, lanes / 2, lanes));
            kernel.store("last", b.slice(joined, 2 * lanes, lanes));
            kernel.store("splat", b.splat(b.extract(in[1], lanes - 1), lanes));
            std::vector<Value> reversed;
            for (int lane = lanes - 1; lane >= 0; --lane) reversed.push_back(b.extract(in[0], lane));
            kernel.store("reversed", b.concat(reversed));
            if (is_integer(type) && tile::holds(type, lanes - 1))
                kernel.store("lane ids", b.add(b.lane_ids({type, static_cast<std::uint16_t>(lanes)}), in[0]));
        });
}

INSTANTIATE_TEST_SUITE_P(Types, Lanes,
                         testing::ValuesIn(cases({DType::f64, DType::f32, DType::f16, DType::bf16, DType::i8,
                                                  DType::i16, DType::i32, DType::i64, DType::boolean})),
                         name_of_case);

/// Products with a constant zero are zeros of either sign; compilers like to forget which.
TEST(SignedZeros, OfConstantFactors) {
    for (const DType type : {DType::f32, DType::f64}) {
        ElementwiseKernel kernel("zeros", {DType::i64, type}, 1);
        std::vector<Contents> inputs{operands(DType::i64, 1)[0], operands(type, 1)[0]};
        const auto count = std::min(inputs[0].bytes.size() / 8,
                                    inputs[1].bytes.size() / static_cast<std::size_t>(size_of(type)));
        inputs[0].bytes.resize(count * 8);
        inputs[1].bytes.resize(count * static_cast<std::size_t>(size_of(type)));
        kernel.expect_as_interpreted(inputs, [&](Builder& b, const std::vector<Value>& in) {
            const Value integer = b.convert(in[0], type);
            for (const double zero : {0.0, -0.0}) {
                const Value constant = b.floating(zero, {type, 1});
                for (const Value x : {integer, in[1], b.unary(Op::neg, integer)}) {
                    kernel.store("product", b.mul(x, constant));
                    kernel.store("reversed product", b.mul(constant, x));
                    kernel.store("sum", b.add(x, constant));
                    kernel.store("fma", b.fma(x, constant, b.floating(-0.0, {type, 1})));
                    kernel.store("fma of products", b.fma(constant, x, b.mul(constant, integer)));
                    kernel.store("difference", b.sub(constant, x));
                    kernel.store("fma with a zero addend", b.fma(x, in[1], constant));
                    // The first step's addend is the constant.
                    const auto sum = b.for_loop(b.integer(0), b.integer(2), b.integer(1), {&constant, 1},
                                                [&](Value, std::span<const Value> carried) {
                                                    return std::vector<Value>{b.fma(in[1], x, carried[0])};
                                                });
                    kernel.store("chain from zero", sum[0]);
                }
            }
        });
    }
}

/// What arithmetic makes of x, y and a zero; x minus itself, too.
std::vector<Value> with_zero(Builder& b, Value x, Value y, Value zero) {
    return {b.add(x, zero),
            b.add(zero, x),
            b.sub(x, zero),
            b.sub(zero, x),
            b.mul(x, zero),
            b.mul(zero, x),
            b.binary(Op::div, x, zero),
            b.binary(Op::div, zero, x),
            b.fma(x, zero, y),
            b.fma(zero, x, zero),
            b.fma(x, y, zero),
            b.sub(b.mul(x, y), b.mul(y, x))};
}

/// Zeros that a compiler finds out in one way or another: NaN, infinity and signs pass through all the same.
TEST(KnownOperands, AreOperandsLikeOthers) {
    using Make = Value (*)(Builder&, Type, Value x);
    static constexpr Make ways[] = {
        [](Builder& b, Type type, Value) { return b.floating(0, type); },
        [](Builder& b, Type type, Value) { return b.convert(b.integer(0), type.scalar); },
        [](Builder& b, Type type, Value) {
            return b.convert(b.extract(b.lane_ids({DType::i32, 2}), 0), type.scalar);
        },
        [](Builder& b, Type type, Value) {
            return b.convert(b.convert(b.convert(b.integer(0), DType::f32), DType::bf16), type.scalar);
        },
        [](Builder& b, Type type, Value x) {
            const Value bits = b.bitcast(x, type.scalar == DType::f64 ? DType::i64 : DType::i32);
            return b.bitcast(b.sub(bits, bits), type.scalar);
        },
        [](Builder& b, Type type, Value x) {
            const Value one = b.floating(1, type);
            return b.select(b.compare(Op::less, b.unary(Op::abs, one), b.add(one, one)), b.floating(0, type),
                            x);
        },
        [](Builder& b, Type type, Value x) {  // a zero of x's sign, if x is finite
            return b.mul(x, b.floating(0, type));
        }};
    for (const DType type : {DType::f32, DType::f64}) {
        for (const Make make : ways) {
            ElementwiseKernel kernel("zeros", {type, type}, 1);
            const std::vector<Contents> inputs = operands(type, 1);
            kernel.expect_as_interpreted({inputs[0], inputs[1]}, [&](Builder& b, const auto& in) {
                for (const Value result : with_zero(b, in[0], in[1], make(b, {type, 1}, in[0])))
                    kernel.store("with a zero", result);
            });
        }
        // The counter of a loop that drivers unroll: its first step's results are carried out by the second.
        ElementwiseKernel kernel("counter", {type, type}, 1);
        const std::vector<Contents> inputs = operands(type, 1);
        kernel.expect_as_interpreted({inputs[0], inputs[1]}, [&](Builder& b, const auto& in) {
            const std::size_t count = with_zero(b, in[0], in[1], in[0]).size();
            const std::vector<Value> initial(2 * count, b.floating(0, {type, 1}));
            const std::vector<Value> last =
                b.for_loop(b.integer(0), b.integer(2), b.integer(1), initial,
                           [&](Value step, std::span<const Value> carried) {
                               std::vector<Value> next = with_zero(b, in[0], in[1], b.convert(step, type));
                               next.insert(next.end(), carried.begin(), carried.end() - count);
                               return next;
                           });
            for (const Value result : last) kernel.store("with a counter", result);
        });
    }
}

/// Operations that devices repair, with operands that are constant, of which some have nothing but zeros
/// behind their leading digits.
TEST(KnownOperands, AreOperandsOfRepairsToo) {
    for (const DType type : {DType::f32, DType::f64}) {
        ElementwiseKernel kernel("constants", {type, type}, 1);
        const std::vector<Contents> inputs = operands(type, 1);
        kernel.expect_as_interpreted({inputs[0], inputs[1]}, [&](Builder& b, const auto& in) {
            const Value x = in[0], y = in[1];
            for (const double number : {1.0, -2.0, 1.0 / 3, 0x1p-100, HUGE_VAL, std::nan("")}) {
                const Value c = b.floating(static_cast<float>(number), {type, 1});
                kernel.store("factor", b.fma(x, c, y));
                kernel.store("factor and addend", b.fma(c, x, c));
                kernel.store("addend", b.fma(x, y, c));
                kernel.store("factors", b.fma(c, c, x));
                kernel.store("divisor", b.binary(Op::div, x, c));
                kernel.store("dividend", b.binary(Op::div, c, x));
                kernel.store("cancelled", b.fma(x, c, b.unary(Op::neg, b.mul(x, c))));
            }
        });
    }
}

/// Integers made longer, and numbers made of them, against constants that the shorter type holds or not.
TEST(KnownOperands, ExtendedIntegersComparedWithConstants) {
    for (const DType type : {DType::i8, DType::i16, DType::i32, DType::u32}) {
        ElementwiseKernel kernel("extended", {type}, 1);
        kernel.expect_as_interpreted({operands(type, 1)[0]}, [&](Builder& b, const auto& in) {
            const Value x = b.convert(in[0], DType::i64), number = b.convert(x, DType::f32);
            for (const std::int64_t bound : {0ll, 5ll, -5ll, 1ll << 31, -(1ll << 40)}) {
                const Value c = b.integer(bound);
                for (const Op op : {Op::less, Op::less_equal, Op::greater, Op::equal})
                    kernel.store("compared", b.compare(op, x, c));
                for (const Op op : {Op::min, Op::max}) kernel.store("limited", b.binary(op, x, c));
                const Value real = b.floating(static_cast<double>(bound), {DType::f32, 1});
                for (const Op op : {Op::less, Op::greater})
                    kernel.store("number", b.compare(op, number, real));
            }
        });
    }
}

/// As the lowest index of the least number is found: NVIDIA's compiler sees a minimum through both
/// comparisons and takes subnormals as zeros in it.
TEST(KnownOperands, ChosenBySeveralComparisons) {
    ElementwiseKernel kernel("chosen", {DType::f32, DType::f32}, 1);
    const std::vector<Contents> inputs = operands(DType::f32, 1);
    kernel.expect_as_interpreted({inputs[0], inputs[1]}, [&](Builder& b, const auto& in) {
        const Value x = in[0], infinity = b.floating(HUGE_VAL, {DType::f32, 1});
        for (const Value y : {infinity, in[1]})
            for (const Op op : {Op::less, Op::greater}) {
                const Value is_equal = b.compare(Op::equal, x, y), is_better = b.compare(op, x, y);
                kernel.store("one of two", b.select(b.binary(Op::bit_or, is_better, is_equal), x, y));
                kernel.store("neither", b.select(b.binary(Op::bit_and, is_better, is_equal), y, x));
            }
    });
}

TEST(KnownOperands, ValuesComparedWithThemselves) {
    for (const DType type : {DType::f32, DType::f64}) {
        ElementwiseKernel kernel("itself", {type}, 1);
        kernel.expect_as_interpreted({operands(type, 1)[0]}, [&](Builder& b, const auto& in) {
            const Value x = in[0], infinity = b.floating(HUGE_VAL, {type, 1});
            for (const Op op :
                 {Op::less, Op::less_equal, Op::greater, Op::greater_equal, Op::equal, Op::not_equal}) {
                kernel.store("compared", b.compare(op, x, x));
                kernel.store("infinity compared", b.compare(op, x, infinity));
                kernel.store("zero compared", b.compare(op, b.add(x, x), b.floating(0, {type, 1})));
                kernel.store("difference compared",
                             b.compare(op, b.sub(x, infinity), b.floating(0, {type, 1})));
            }
            for (const Op op : {Op::sub, Op::div, Op::min, Op::max})
                kernel.store("itself", b.binary(op, x, x));
            for (const Op op : {Op::sub, Op::min, Op::max}) {
                kernel.store("infinity", b.binary(op, x, infinity));
                kernel.store("infinity first", b.binary(op, infinity, x));
            }
        });
    }
}

}  // namespace
}  // namespace sporkle::test
