#include "targets/spirv/emit/region_writer.hpp"

#include <algorithm>
#include <bit>

#include <sporkle/error.hpp>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/emit/fragments.hpp"

namespace sporkle::spirv {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Value;

RegionWriter::RegionWriter(Code& code, const tile::Kernel& kernel, std::set<Repair>& repairs)
    : code_(code),
      kernel_(kernel),
      arithmetic_(code, repairs),
      forms_(kernel),
      wide_(kernel.types.size()),
      narrow_(kernel.types.size()),
      definitions_(kernel.types.size(), nullptr) {}

void RegionWriter::write(const Region& region) {
    for (const Instruction& x : region.body) emit(x);
}

bool RegionWriter::is_constant(Value v, std::int64_t* value) const {
    const auto found = constants_.find(v.id);
    if (found == constants_.end()) return false;
    *value = found->second;
    return true;
}

RegionWriter::Lanes RegionWriter::widened(const Lanes& lanes) {
    Lanes result;
    for (const Id lane : lanes)
        result.push_back(code_.value(spv::Op::OpUConvert, types().integer(64), {lane}));
    return result;
}

RegionWriter::Lanes RegionWriter::narrowed(const Lanes& lanes) {
    Lanes result;
    for (const Id lane : lanes) result.push_back(code_.value(spv::Op::OpUConvert, types().word(), {lane}));
    return result;
}

void RegionWriter::define_from_wide(Value v, Lanes lanes) {
    if (kernel_.type_of(v).scalar == DType::i64 && forms_.needs_narrow(v)) narrow_[v.id] = narrowed(lanes);
    wide_[v.id] = std::move(lanes);
}

Id RegionWriter::form_of(tile::Type type) {
    return type.is_fragment() ? fragment_type(code_.module(), types(), type)
                              : types().in_register(type.scalar);
}

void RegionWriter::emit(const Instruction& x) {
    if (x.results.size() == 1) definitions_[x.results[0].id] = &x;
    switch (x.op) {
        case Op::for_:
            return emit_for(x);
        case Op::if_:
            return emit_if(x);
        case Op::yield:
        case Op::prefetch:  // a hint that SPIR-V has no word for
        case Op::fence:     // the end of a dispatch orders its stores
            return;
        case Op::barrier:
            return barrier();
        case Op::store:
        case Op::store_strided:
        case Op::scatter:
            return store(x);
        case Op::load:
        case Op::load_strided:
        case Op::gather:
            return define_from_wide(x.results[0], load(x));
        case Op::matrix_load:
        case Op::matrix_convert:
        case Op::matrix_multiply_add:
            wide_[x.results[0].id] = {fragment(x)};
            return;
        case Op::matrix_store:
            return store_fragment(x);
        case Op::shuffle:
            return define_from_wide(x.results[0], shuffle(x));
        case Op::parameter:
            return define_from_wide(
                x.results[0], {parameter(static_cast<int>(x.imm), kernel_.type_of(x.results[0]).scalar)});
        case Op::grid_id:
            return define_from_wide(x.results[0], {grid_id(static_cast<int>(x.imm))});
        default:
            break;
    }
    const Value result = x.results[0];
    const tile::Type type = kernel_.type_of(result);
    if (type.is_fragment()) {
        wide_[result.id] = {fragment_constant(code_.module(), types(), type, x.bits)};
        return;
    }
    if (x.op == Op::constant && type.scalar != DType::boolean && !is_float(type.scalar))
        constants_[result.id] = static_cast<std::int64_t>(x.bits);
    if (type.scalar == DType::i64) return emit_index(x);
    wide_[result.id] = computed(x, false);
}

/// An instruction whose result is i64, in the forms that are wanted.
void RegionWriter::emit_index(const Instruction& x) {
    const Value result = x.results[0];
    const auto lanes = static_cast<std::size_t>(kernel_.type_of(result).lanes);
    const bool wants_wide = forms_.needs_wide(result), wants_narrow = forms_.needs_narrow(result);
    if (x.op == Op::member_id) {
        narrow_[result.id] = {member_id()};
        if (wants_wide) wide_[result.id] = widened(narrow_[result.id]);
    } else if (x.op == Op::constant || x.op == Op::lane_ids) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const std::uint64_t bits = x.op == Op::constant ? x.bits : lane;
            if (wants_wide) wide_[result.id].push_back(types().long_word(bits));
            if (wants_narrow) narrow_[result.id].push_back(types().word(static_cast<std::uint32_t>(bits)));
        }
    } else if (forms_.is_small_operation(x)) {
        if (!wants_wide && !wants_narrow) return;
        narrow_[result.id] = computed(x, true);
        if (wants_wide) wide_[result.id] = widened(narrow_[result.id]);
    } else if (forms_.truncates(x)) {
        if (wants_wide) wide_[result.id] = computed(x, false);
        if (wants_narrow) narrow_[result.id] = computed(x, true);
    } else if (x.op == Op::convert && is_integer(kernel_.type_of(x.operands[0]).scalar)) {
        if (wants_narrow) narrow_[result.id] = wide_[x.operands[0].id];  // 32 bits, extended by the sign
        if (wants_wide) wide_[result.id] = computed(x, false);
    } else if (wants_wide) {
        define_from_wide(result, computed(x, false));
    }
}

/// splat, extract, slice, concat: lanes change places.
RegionWriter::Lanes RegionWriter::moved(const Instruction& x, bool narrowly) const {
    const auto form = [&](Value v) -> const Lanes& { return narrowly ? narrow_[v.id] : wide_[v.id]; };
    const auto lanes = static_cast<std::size_t>(kernel_.type_of(x.results[0]).lanes);
    if (x.op == Op::splat) return Lanes(lanes, form(x.operands[0])[0]);
    Lanes all;
    for (const Value v : x.operands) all.insert(all.end(), form(v).begin(), form(v).end());
    if (x.op == Op::concat) return all;
    const auto first = all.begin() + x.imm;
    return Lanes(first, first + static_cast<std::ptrdiff_t>(lanes));
}

RegionWriter::Lanes RegionWriter::computed(const Instruction& x, bool narrowly) {
    const tile::Type type = kernel_.type_of(x.results[0]);
    const auto lanes = static_cast<std::size_t>(type.lanes);
    switch (x.op) {
        case Op::splat:
        case Op::extract:
        case Op::slice:
        case Op::concat:
            return moved(x, narrowly);
        case Op::constant:
            return Lanes(lanes, types().constant(type.scalar, x.bits));
        case Op::flushes:
            return Lanes(lanes, types().flushes());
        default:
            break;
    }
    Lanes result;
    for (std::size_t lane = 0; lane < lanes; ++lane)
        result.push_back(x.op == Op::lane_ids ? types().constant(type.scalar, lane)
                                              : lane_of(x, type.scalar, narrowly, lane));
    return result;
}

/// One lane of an arithmetic operation; narrowly: on the low 32 bits of i64.
Id RegionWriter::lane_of(const Instruction& x, DType type, bool narrowly, std::size_t lane) {
    const DType computing = narrowly ? DType::u32 : type;
    const DType operand_type = kernel_.type_of(x.operands[0]).scalar;
    const auto operand = [&](std::size_t n) {
        const Value v = x.operands[n];
        const bool low = narrowly && kernel_.type_of(v).scalar == DType::i64;
        return low ? narrow_[v.id][lane] : wide_[v.id][lane];
    };
    if (tile::is_comparison(x.op)) {
        if (operand_type == DType::i64 && forms_.is_small(x.operands[0]) && forms_.is_small(x.operands[1]))
            return arithmetic_.compare(x.op, DType::u32, narrow_[x.operands[0].id][lane],
                                       narrow_[x.operands[1].id][lane]);
        return arithmetic_.compare(x.op, operand_type, operand(0), operand(1), x.imm != 0);
    }
    if (x.op == Op::mul && is_integer(type))
        return product(computing, x.operands[0], x.operands[1], operand(0), operand(1), lane);
    if (tile::is_unary(x.op)) return arithmetic_.unary(x.op, computing, operand(0));
    if (tile::is_binary(x.op)) return arithmetic_.binary(x.op, computing, operand(0), operand(1), x.imm != 0);
    switch (x.op) {
        case Op::fma:
            if (is_integer(type))
                return arithmetic_.binary(
                    Op::add, computing,
                    product(computing, x.operands[0], x.operands[1], operand(0), operand(1), lane),
                    operand(2));
            return arithmetic_.fma(computing, operand(0), operand(1), operand(2), x.imm != 0);
        case Op::select:
            return arithmetic_.select(computing, wide_[x.operands[0].id][lane], operand(1), operand(2));
        case Op::convert:
            if (operand_type == DType::i64 && is_integer(type))
                return arithmetic_.normalized(type, narrow_[x.operands[0].id][lane]);
            return arithmetic_.convert(operand_type, type, operand(0));
        case Op::bitcast:
            return arithmetic_.bitcast(operand_type, type, operand(0));
        default:
            throw Error(ErrorCode::invalid_program,
                        "spirv: kernel '" + kernel_.name + "' holds the operation " +
                            std::string(name_of(x.op)) + ", which has no place here");
    }
}

/// A factor that is 0 or 1 chooses between 0 and the other. NVIDIA's compiler makes that of such a product,
/// too, but (580.159) compares the factor with a wrong 64-bit constant where it comes from 64 bits or their
/// low half, as remainders of indices by 2 do. A comparison of 32 bits leaves it nothing to do.
Id RegionWriter::product(DType type, Value x, Value y, Id a, Id b, std::size_t lane) {
    for (const Value bit : {x, y}) {
        const DType bit_type = kernel_.type_of(bit).scalar;
        std::int64_t constant = 0;
        if (size_of(bit_type) < 4 || !forms_.is_bit(bit) || is_constant(bit, &constant)) continue;
        // Products by constants are cheaper, where nothing is wrong with them.
        if (is_constant(bit == x ? y : x, &constant) && type != DType::i64 && !forms_.comes_from_long(bit))
            continue;
        const bool has_narrow = bit_type == DType::i64 && !narrow_[bit.id].empty();
        Id word = (has_narrow ? narrow_ : wide_)[bit.id][lane];
        if (bit_type == DType::i64 && !has_narrow) {
            const Instruction* const made = definitions_[bit.id];
            const bool is_extended = made != nullptr && made->op == Op::convert &&
                                     is_integer(kernel_.type_of(made->operands[0]).scalar);
            word = is_extended ? wide_[made->operands[0].id][lane] : narrowed({word})[0];
        }
        return where_one(type, word, bit == x ? b : a);
    }
    return arithmetic_.binary(Op::mul, type, a, b);
}

/// x where the word is not 0; else 0.
Id RegionWriter::where_one(DType type, Id word, Id x) {
    const Id is_one = arithmetic_.compare(Op::not_equal, DType::u32, word, types().word(std::uint32_t{0}));
    return arithmetic_.select(type, is_one, x, types().integer(register_bits(type), 0));
}

Id RegionWriter::quotient(Value index, std::int64_t divisor) {
    std::int64_t constant = 0;
    if (is_constant(index, &constant))
        return constant % divisor == 0 ? types().word(static_cast<std::uint32_t>(constant / divisor)) : 0;
    if (forms_.known_factor(index) % divisor != 0) return 0;
    const Instruction* const x = definitions_[index.id];
    const Id word = types().word();
    const auto low_bits = [&](Value v) {
        return (kernel_.type_of(v).scalar == DType::i64 ? narrow_ : wide_)[v.id][0];
    };
    const auto part = [&](std::size_t n) { return quotient(x->operands[n], divisor); };
    if (x != nullptr && x->op == Op::convert && is_integer(kernel_.type_of(x->operands[0]).scalar) &&
        forms_.is_small(x->operands[0]))
        return part(0);
    if (x != nullptr && (x->op == Op::add || x->op == Op::sub) && forms_.is_exact(*x)) {
        const Id a = part(0), b = a != 0 ? part(1) : 0;
        if (b != 0) return code_.value(x->op == Op::add ? spv::Op::OpIAdd : spv::Op::OpISub, word, {a, b});
    }
    if (x != nullptr && x->op == Op::mul && forms_.is_exact(*x))
        for (std::size_t n = 0; n < 2; ++n) {
            if (forms_.known_factor(x->operands[n]) % divisor != 0) continue;
            const Id quotient_of_one = part(n);
            if (quotient_of_one != 0)
                return code_.multiply(word, quotient_of_one, low_bits(x->operands[1 - n]));
        }
    if (!forms_.is_small(index)) return 0;
    const auto places = static_cast<std::uint32_t>(std::countr_zero(static_cast<std::uint64_t>(divisor)));
    return code_.value(spv::Op::OpShiftRightLogical, word, {low_bits(index), types().word(places)});
}

}  // namespace sporkle::spirv
