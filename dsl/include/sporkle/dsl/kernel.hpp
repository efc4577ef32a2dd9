// kernel<"name">(statement, …): from expression types and numbers to a Program, in a constant expression.
//
// First the outline (types only) is checked, so that its errors are static assertions; then the statements
// write themselves into the Program, whose numbers are checked on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <sporkle/binding.hpp>
#include <sporkle/dsl/errors.hpp>
#include <sporkle/dsl/tensor.hpp>
#include <sporkle/hash.hpp>
#include <sporkle/order.hpp>
#include <sporkle/signature.hpp>

namespace sporkle::notation {

/// One parameter of a kernel, as a type; the members of ArgumentSignature as template arguments.
template <FixedString name, bool is_scalar, DType dtype, int rank, Role role, int number>
struct Parameter {
    static constexpr ArgumentSignature signature{
        make_name(name.view()),          is_scalar, dtype,
        static_cast<std::uint8_t>(rank), role,      static_cast<std::uint8_t>(number)};
};

/// A kernel. Its type says how to call it (see signature.hpp), its value what it computes.
template <FixedString kernel_name, class... Parameters>
class Kernel {
  public:
    static constexpr Signature signature{
        make_name(kernel_name.view()), sizeof...(Parameters), {Parameters::signature...}};

    constexpr explicit Kernel(const Program& program) : program_(program), hash_(hash_of(program)) {}

    constexpr const Program& program() const { return program_; }
    constexpr const Hash& hash() const { return hash_; }
    static constexpr std::string_view name() { return signature.kernel.view(); }

    /// The same kernel in another numerics class: reproducible, which is the default, or fast.
    consteval Kernel numerics(Numerics numerics) const {
        Program changed = program_;
        changed.numerics = numerics;
        return Kernel(changed);
    }

  private:
    Program program_;
    Hash hash_;
};

template <class T>
concept Statement = requires {
    requires T::is_statement;
};

template <class... Statements>
constexpr Outline make_outline() {
    Outline outline;
    hana::for_each(hana::tuple_t<Statements...>,
                   [&outline](auto statement) { decltype(statement)::type::outline(outline); });
    outline.finish();
    return outline;
}

/// Reports the outline's fault as a compile-time error.
template <FixedString kernel, Fault fault, FixedString subject>
constexpr void report() {
    if constexpr (fault == Fault::duplicate_name)
        static_assert(sizeof(errors::DuplicateName<kernel, subject>));
    else if constexpr (fault == Fault::two_boundaries)
        static_assert(sizeof(errors::TwoBoundaries<kernel, subject>));
    else if constexpr (fault == Fault::two_extents)
        static_assert(sizeof(errors::TwoExtents<kernel, subject>));
    else if constexpr (fault == Fault::capacity)
        static_assert(sizeof(errors::CapacityExceeded<kernel, subject>));
    else if constexpr (fault == Fault::index_reduced_twice)
        static_assert(sizeof(errors::IndexReducedTwice<kernel, subject>));
    else if constexpr (fault == Fault::reduction_index_escapes)
        static_assert(sizeof(errors::ReductionIndexEscapes<kernel, subject>));
    else if constexpr (fault == Fault::free_index_missing)
        static_assert(sizeof(errors::FreeIndexMissing<kernel, subject>));
    else if constexpr (fault == Fault::index_repeated_on_the_left)
        static_assert(sizeof(errors::IndexRepeatedOnTheLeft<kernel, subject>));
    else if constexpr (fault == Fault::left_subscript_form)
        static_assert(sizeof(errors::LeftSubscriptForm<kernel, subject>));
    else if constexpr (fault == Fault::input_assigned)
        static_assert(sizeof(errors::InputAssigned<kernel, subject>));
    else if constexpr (fault == Fault::assigned_twice)
        static_assert(sizeof(errors::AssignedTwice<kernel, subject>));
    else if constexpr (fault == Fault::read_before_assigned)
        static_assert(sizeof(errors::ReadBeforeAssigned<kernel, subject>));
    else if constexpr (fault == Fault::never_assigned)
        static_assert(sizeof(errors::NeverAssigned<kernel, subject>));
}

/// Parameter number `n` of an outline as a type.
template <const Outline& outline, std::size_t n>
constexpr auto parameter() {
    constexpr Argument argument = outline.arguments[n];
    constexpr int number = argument.number;
    if constexpr (argument.is_scalar) {
        constexpr const Scalar& scalar = outline.scalars[number];
        return Parameter<fixed_string<scalar.name.view().size()>(scalar.name), true, scalar.dtype, 0,
                         Role::input, number>{};
    } else {
        constexpr const Tensor& tensor = outline.tensors[number];
        return Parameter<fixed_string<tensor.name.view().size()>(tensor.name), false, tensor.dtype,
                         tensor.rank, tensor.role, number>{};
    }
}

/// Refuses a Program with an index that has no extent and gets none from any tensor.
template <FixedString kernel, const Outline& outline, std::size_t... n>
constexpr void require_bound(IndexSet unbound, std::index_sequence<n...>) {
    constexpr auto refuse = []<std::size_t i>(std::integral_constant<std::size_t, i>) {
        constexpr const Name& name = outline.indices[i].name;
        errors::index_unbound<kernel, fixed_string<name.view().size()>(name)>();
    };
    ((unbound >> n & 1 ? refuse(std::integral_constant<std::size_t, n>{}) : void()), ...);
}

template <FixedString kernel, class... Statements>
struct KernelBuilder {
    static constexpr Outline outline = make_outline<Statements...>();

    static constexpr Program program(const Statements&... statements) {
        Builder builder;
        builder.program.name = make_name(kernel.view());
        declare(builder.program, outline);
        (statements.emit(builder), ...);
        set_default_orders(builder.program, builder.named_orders);
        require_bound<kernel, outline>(unbound_indices(builder.program),
                                       std::make_index_sequence<outline.index_count>{});
        return builder.program;
    }

    template <std::size_t... n>
    static constexpr auto make(std::index_sequence<n...>, const Statements&... statements) {
        return Kernel<kernel, decltype(parameter<outline, n>())...>(program(statements...));
    }
};

template <class... Given>
constexpr void require_statements() {
    const auto require = []<class T>(const T*) {
        if constexpr (!Statement<T>) static_assert(sizeof(errors::NotAStatement<T>));
    };
    (require(static_cast<const Given*>(nullptr)), ...);
}

template <FixedString name>
struct KernelMaker {
    template <class... Statements>
    consteval auto operator()(const Statements&... statements) const {
        static_assert(sizeof(errors::BadName<name>));
        if constexpr (sizeof...(Statements) == 0) {
            static_assert(sizeof(errors::NoStatement<name>));
            return Kernel<name>(Program{});
        } else if constexpr (!(Statement<Statements> && ...)) {
            require_statements<Statements...>();
            return Kernel<name>(Program{});
        } else {
            using Making = KernelBuilder<name, Statements...>;
            constexpr Fault fault = Making::outline.fault;
            if constexpr (fault != Fault::none) {
                constexpr const Name& subject = Making::outline.subject;
                report<name, fault, fixed_string<subject.view().size()>(subject)>();
                return Kernel<name>(Program{});
            } else {
                return Making::make(std::make_index_sequence<Making::outline.argument_count>{},
                                    statements...);
            }
        }
    }
};

/// kernel<"dense">(C(i, j) = …, …): the statements run one after the other.
template <FixedString name>
inline constexpr KernelMaker<name> kernel{};

}  // namespace sporkle::notation
