// Loops and branches of regions: what they carry is one id for each lane of each form of each value.
#include <algorithm>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/emit/region_writer.hpp"

namespace sporkle::spirv {

using tile::Instruction;
using tile::Region;
using tile::Value;

namespace {

/// Instructions times lanes of a region, inner regions included: how much code a copy of it is.
std::int64_t size_of_region(const tile::Kernel& kernel, const Region& region) {
    std::int64_t size = 0;
    for (const Instruction& x : region.body) {
        size += x.results.empty() ? 1 : kernel.type_of(x.results[0]).lanes;
        for (const Region& inner : x.regions) size += size_of_region(kernel, inner);
    }
    return size;
}

constexpr std::int64_t longest_copies = 16384;  ///< of a loop's body, all together

/// A loop that the driver does well to unroll altogether though nobody asks: an innermost one of a few
/// constant steps, whose loads are then all in flight at once.
bool is_short(const tile::Kernel& kernel, const Region& body, std::int64_t trips) {
    constexpr std::int64_t most_trips = 16, most_code = 4096;
    for (const Instruction& x : body.body)
        if (!x.regions.empty()) return false;
    return trips > 0 && trips <= most_trips && trips * size_of_region(kernel, body) <= most_code;
}

}  // namespace

std::vector<RegionWriter::Place> RegionWriter::places_of(std::span<const Value> values) const {
    std::vector<Place> places;
    for (std::size_t n = 0; n < values.size(); ++n) {
        const tile::Type type = kernel_.type_of(values[n]);
        const bool is_index = type.scalar == DType::i64;
        const Value number{static_cast<std::uint32_t>(n)};
        for (const bool is_narrow : {false, true}) {
            if (is_index ? !(is_narrow ? forms_.needs_narrow(values[n]) : forms_.needs_wide(values[n]))
                         : is_narrow)
                continue;
            for (int lane = 0; lane < type.lanes; ++lane) places.push_back({number, is_narrow, lane});
        }
    }
    return places;
}

std::vector<Id> RegionWriter::ids_at(std::span<const Place> like, std::span<const Value> values) const {
    std::vector<Id> ids;
    for (const Place& place : like) {
        const Value v = values[place.value.id];
        ids.push_back((place.is_narrow ? narrow_ : wide_)[v.id][static_cast<std::size_t>(place.lane)]);
    }
    return ids;
}

void RegionWriter::define_at(std::span<const Place> like, std::span<const Value> values,
                             std::span<const Id> ids) {
    for (const Place& place : like) {
        const Value v = values[place.value.id];
        wide_[v.id].clear();
        narrow_[v.id].clear();
    }
    for (std::size_t n = 0; n < like.size(); ++n)
        (like[n].is_narrow ? narrow_ : wide_)[values[like[n].value.id].id].push_back(ids[n]);
}

void RegionWriter::define_counter(Value v, Id counter, bool is_narrow) {
    if (is_narrow) {
        narrow_[v.id] = {counter};
        wide_[v.id] = forms_.needs_wide(v) ? widened({counter}) : Lanes{};
    } else {
        wide_[v.id] = {counter};
        narrow_[v.id] = forms_.needs_narrow(v) ? narrowed({counter}) : Lanes{};
    }
}

void RegionWriter::emit_if(const Instruction& x) {
    const std::vector<Place> places = places_of(x.results);
    std::vector<Id> forms;
    for (const Place& place : places)
        forms.push_back(place.is_narrow ? types().word()
                                        : form_of(kernel_.type_of(x.results[place.value.id])));
    const auto side = [&](std::size_t n) {
        write(x.regions[n]);
        return ids_at(places, x.regions[n].body.back().operands);
    };
    const std::vector<Id> chosen = code_.choose(
        wide(x.operands[0])[0], forms, [&] { return side(0); }, [&] { return side(1); });
    define_at(places, x.results, chosen);
}

/// `trips` copies of the body, one after the other, for constant counters. The carried values are in the
/// region's parameters before and after.
void RegionWriter::emit_copies(const Instruction& x, std::int64_t low, std::int64_t step,
                               std::int64_t trips) {
    const Region& body = x.regions[0];
    const auto parameters = std::span(body.parameters).subspan(1);
    const std::vector<Place> places = places_of(parameters);
    const Value counter = body.parameters[0];
    for (std::int64_t trip = 0; trip < trips; ++trip) {
        const auto value = static_cast<std::uint64_t>(low + trip * step);
        constants_[counter.id] = low + trip * step;
        wide_[counter.id] = {types().long_word(value)};
        narrow_[counter.id] = {types().word(static_cast<std::uint32_t>(value))};
        write(body);
        define_at(places, parameters, ids_at(places, body.body.back().operands));
    }
    constants_.erase(counter.id);
}

void RegionWriter::emit_for(const Instruction& x) {
    const Region& body = x.regions[0];
    const auto initial = std::span(x.operands).subspan(3);
    const auto parameters = std::span(body.parameters).subspan(1);
    const std::vector<Place> places = places_of(parameters);

    std::int64_t low = 0, high = 0, step = 0, trips = -1;  // -1: not known
    if (is_constant(x.operands[0], &low) && is_constant(x.operands[1], &high) &&
        is_constant(x.operands[2], &step))
        trips = high <= low ? 0 : (high - low - 1) / step + 1;
    std::int64_t copies = std::max(1, x.unroll);
    copies = std::min(copies, std::max<std::int64_t>(1, longest_copies / size_of_region(kernel_, body)));
    if (trips >= 0 && trips <= copies && x.unroll > 1) {
        define_at(places, parameters, ids_at(places, initial));
        emit_copies(x, low, step, trips);
        return define_at(places, x.results, ids_at(places, parameters));
    }
    if (trips < 0) copies = 1;  // then only the driver can see to it
    while (trips > 0 && trips % copies != 0) --copies;

    const bool is_narrow = forms_.is_small_loop(x);
    const Id form = is_narrow ? types().word() : types().integer(64);
    const auto bound = [&](std::size_t n) {
        return is_narrow ? narrow(x.operands[n])[0] : wide(x.operands[n])[0];
    };
    Code::Loop loop;
    loop.types = {form};
    loop.initial = {bound(0)};
    for (const Place& place : places)
        loop.types.push_back(place.is_narrow ? types().word()
                                             : form_of(kernel_.type_of(parameters[place.value.id])));
    const std::vector<Id> first = ids_at(places, initial);
    loop.initial.insert(loop.initial.end(), first.begin(), first.end());
    using Control = spv::LoopControlMask;
    if (x.unroll == 1 || copies > 1)
        loop.control = {static_cast<std::uint32_t>(Control::DontUnroll)};
    else if (x.unroll == 0 && is_short(kernel_, body, trips))
        loop.control = {static_cast<std::uint32_t>(Control::Unroll)};
    else if (x.unroll > 1)
        loop.control = {static_cast<std::uint32_t>(Control::PartialCount),
                        static_cast<std::uint32_t>(x.unroll)};
    loop.condition = [&](std::span<const Id> carried) {
        return code_.value(spv::Op::OpSLessThan, types().boolean(), {carried[0], bound(1)});
    };
    loop.body = [&](std::span<const Id> carried) {
        define_at(places, parameters, carried.subspan(1));
        Id counter = carried[0];
        for (std::int64_t copy = 0; copy < copies; ++copy) {
            define_counter(body.parameters[0], counter, is_narrow);
            write(body);
            define_at(places, parameters, ids_at(places, body.body.back().operands));
            counter = code_.add(form, counter, bound(2));
        }
        std::vector<Id> yielded{counter};
        const std::vector<Id> values = ids_at(places, parameters);
        yielded.insert(yielded.end(), values.begin(), values.end());
        return yielded;
    };
    const std::vector<Id> last = code_.loop(loop);
    define_at(places, x.results, std::span(last).subspan(1));
}

}  // namespace sporkle::spirv
