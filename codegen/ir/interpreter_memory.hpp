// How steps read and write memory: uninitialised bytes, tasks that meet, and members that race are faults.
#pragma once

#include <cstring>
#include <string>

#include "codegen/ir/arithmetic.hpp"
#include "codegen/ir/interpreter_machine.hpp"

namespace sporkle::tile::interpreter {

/// Tasks run in any order and at the same time, so none may touch what another one writes.
inline Claim* claims_of(const Area& area, const std::byte* first, std::size_t element_bytes) {
    return area.claims + ((first - area.base) / static_cast<std::ptrdiff_t>(element_bytes) - area.lowest);
}

inline void claim_to_read(const Machine& m, const Step& s, Claim* claims, std::size_t count) {
    for (Claim* c = claims; c != claims + count; ++c) {
        if (c->writer != 0 && c->writer != m.task_number)
            throw Fault{s.source, "it reads what task number " + std::to_string(c->writer - 1) + " writes"};
        c->reader = c->reader == 0 || c->reader == m.task_number ? m.task_number : Claim::several;
    }
}

inline void claim_to_write(const Machine& m, const Step& s, Claim* claims, std::size_t count) {
    for (Claim* c = claims; c != claims + count; ++c) {
        if (c->writer != 0 && c->writer != m.task_number)
            throw Fault{s.source, "it writes what task number " + std::to_string(c->writer - 1) + " writes"};
        if (c->reader != 0 && c->reader != m.task_number)
            throw Fault{s.source, "it writes what another task reads"};
        c->writer = m.task_number;
    }
}

/// The pieces of memory that `bytes` bytes from `first` on lie in.
struct Pieces {
    Touch *begin_, *end_;
    Pieces(const Area& area, const std::byte* first, std::size_t bytes)
        : begin_(area.touches + ((first - area.touched) >> area.piece_shift)),
          end_(begin_ + (bytes >> area.piece_shift)) {}
    Touch* begin() const { return begin_; }
    Touch* end() const { return end_; }
};

[[noreturn]] inline void race(const Machine& m, const Step& s, const char* what, std::uint32_t other) {
    std::string whom = " member " + std::to_string(other);
    if (other >= m.members.size()) whom = other == Touch::several ? " others" : " those who hold a fragment";
    throw Fault{s.source,
                std::string("it ") + what + whom + " in the same phase: there is no barrier in between"};
}

inline void touch_to_read(const Machine& m, const Step& s, const Pieces& pieces, std::uint32_t who) {
    for (Touch& t : pieces) {
        if (t.write_phase == m.phase && t.writer != who) race(m, s, "reads what is written by", t.writer);
        t.reader = t.read_phase != m.phase || t.reader == who ? who : Touch::several;
        t.read_phase = m.phase;
    }
}

inline void touch_to_write(const Machine& m, const Step& s, const Pieces& pieces, std::uint32_t who) {
    for (Touch& t : pieces) {
        if (t.write_phase == m.phase && t.writer != who) race(m, s, "writes what is written by", t.writer);
        if (t.read_phase == m.phase && t.reader != who) race(m, s, "writes what is read by", t.reader);
        t.writer = who;
        t.write_phase = m.phase;
    }
}

/// Reads `count` elements that lie side by side inside the buffer, as member `who`.
template <DType T>
void read(const Machine& m, const Step& s, const Area& area, Native<T>* to, const std::byte* from,
          std::size_t count, std::uint32_t who) {
    using N = Native<T>;
    if (area.claims != nullptr) claim_to_read(m, s, claims_of(area, from, sizeof(N)), count);
    if (area.touches != nullptr) touch_to_read(m, s, {area, from, count * sizeof(N)}, who);
    if (area.written != nullptr) {
        const std::uint8_t* written = area.written + (from - area.base);
        bool all = true;
        for (std::size_t b = 0; b < count * sizeof(N); ++b) all &= written[b] == m.epoch;
        if (!all) throw Fault{s.source, "it reads memory that was never written"};
    }
    if constexpr (T == DType::boolean)
        for (std::size_t l = 0; l < count; ++l) to[l] = from[l] != std::byte{0};
    else
        std::memcpy(static_cast<void*>(to), from, count * sizeof(N));
}

template <DType T>
void write(const Machine& m, const Step& s, const Area& area, std::byte* to, const Native<T>* from,
           std::size_t count, std::uint32_t who) {
    if (area.claims != nullptr) claim_to_write(m, s, claims_of(area, to, sizeof(Native<T>)), count);
    if (area.touches != nullptr) touch_to_write(m, s, {area, to, count * sizeof(Native<T>)}, who);
    std::memcpy(to, from, count * sizeof(Native<T>));
    if (area.written != nullptr)
        std::memset(area.written + (to - area.base), m.epoch, count * sizeof(Native<T>));
}

}  // namespace sporkle::tile::interpreter
