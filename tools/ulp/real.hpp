// A number of MPFR with the operators of arithmetic: enough digits that its own errors never matter here.
#pragma once

#include <utility>

#include <mpfr.h>

namespace sporkle::ulp {

class Real {
  public:
    static constexpr mpfr_prec_t bits = 240;

    Real(double x = 0) {
        mpfr_init2(value_, bits);
        mpfr_set_d(value_, x, MPFR_RNDN);
    }
    Real(const Real& other) {
        mpfr_init2(value_, bits);
        mpfr_set(value_, other.value_, MPFR_RNDN);
    }
    Real(Real&& other) noexcept : Real() { mpfr_swap(value_, other.value_); }
    Real& operator=(Real other) noexcept {
        mpfr_swap(value_, other.value_);
        return *this;
    }
    ~Real() { mpfr_clear(value_); }

    mpfr_ptr get() { return value_; }
    mpfr_srcptr get() const { return value_; }
    explicit operator double() const { return mpfr_get_d(value_, MPFR_RNDN); }
    explicit operator float() const { return mpfr_get_flt(value_, MPFR_RNDN); }

    /// function(x), for MPFR functions of one argument such as mpfr_exp.
    static Real apply(int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), const Real& x) {
        Real result;
        function(result.value_, x.value_, MPFR_RNDN);
        return result;
    }

    friend Real operator+(const Real& a, const Real& b) { return binary(mpfr_add, a, b); }
    friend Real operator-(const Real& a, const Real& b) { return binary(mpfr_sub, a, b); }
    friend Real operator*(const Real& a, const Real& b) { return binary(mpfr_mul, a, b); }
    friend Real operator/(const Real& a, const Real& b) { return binary(mpfr_div, a, b); }
    friend Real operator-(const Real& a) { return Real(0) - a; }
    friend bool operator<(const Real& a, const Real& b) { return mpfr_less_p(a.value_, b.value_) != 0; }

  private:
    static Real binary(int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t), const Real& a,
                       const Real& b) {
        Real result;
        function(result.value_, a.value_, b.value_, MPFR_RNDN);
        return result;
    }
    mpfr_t value_;
};

inline Real exp(const Real& x) { return Real::apply(mpfr_exp, x); }
inline Real log(const Real& x) { return Real::apply(mpfr_log, x); }
inline Real log1p(const Real& x) { return Real::apply(mpfr_log1p, x); }
inline Real expm1(const Real& x) { return Real::apply(mpfr_expm1, x); }
inline Real tanh(const Real& x) { return Real::apply(mpfr_tanh, x); }
inline Real cos(const Real& x) { return Real::apply(mpfr_cos, x); }
inline Real sqrt(const Real& x) { return Real::apply(mpfr_sqrt, x); }
inline Real abs(const Real& x) { return x < Real(0) ? -x : x; }

}  // namespace sporkle::ulp
