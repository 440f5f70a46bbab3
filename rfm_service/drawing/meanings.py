"""What each column of the customers means, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from rfm_service.drawing.outreach_meanings import outreach_meanings
from rfm_service.ports import Texts


def meanings(texts: Texts) -> Mapping[str, str]:
    """Column of customers -> what it means, in a sentence."""
    return {
        "customer": texts("The customer's name in 1C."),
        "recency_days": texts("Days since the last purchase; 1: bought on the day of the report."),
        "frequency": texts("Orders of the period that count: goods were sold and not all came back."),
        "monetary": texts("Money of the period, returns taken off as set above."),
        "order_interval_days": texts("How many days usually lie between two orders; 0: only one day with orders."),
        "segment": texts("The group by recency, orders and money; its rules stand above."),
        "tier": texts("The level by money of two months on average; its borders stand above."),
        "email": texts("From the customer's card in 1C."),
        "r": texts("1 to 5: how recently the customer bought compared with others; 5 is the most recent."),
        "f": texts("1 to 5: how often the customer bought compared with others; 5 is the most often."),
        "m": texts("1 to 5: how much the customer spent compared with others; 5 is the most."),
        "previous_segment": texts("The segment in the report before; empty: was not listed there."),
        "first_purchase": texts("The first purchase of the period, not of all time."),
        "last_purchase": texts("The last purchase of the period."),
        "orders_returned": texts("Orders of the period with goods that came back."),
        "manager": texts("Who looks after the customer, from 1C."),
        "customer_id": texts("The customer's mark in this service: it stays when the name changes."),
        **_beside(texts),
        **outreach_meanings(texts),
    }


def _beside(texts: Texts) -> Mapping[str, str]:
    return {
        "p30": texts("How likely an order within the next 30 days is."),
        "p90": texts("How likely an order within the next 90 days is."),
        "spend30": texts("Money to expect in the next 30 days, on average over many such customers."),
        "spend90": texts("Money to expect in the next 90 days, on average over many such customers."),
        "due": texts("By this day the next order has come as likely as not."),
        "due_from": texts("8 of 10 next orders come between this day and the one in the next column."),
        "due_to": texts("8 of 10 next orders come between the day in the column before and this one."),
        "value": texts("VIP or regular; the border stands above."),
        "risk": texts("New, bought lately, steady or silent for too long; the borders stand above."),
        "abc": texts("A brings most of the money, B the middle part, C the least; the borders stand above."),
        "xyz": texts("X buys evenly from month to month, Y unevenly, Z now and then; empty: too early to tell."),
        "cohort": texts("The month of the first purchase of all time."),
        "tenure_days": texts("Days since the first purchase of all time."),
        "churn_threshold": texts("From so many days of silence on it is no longer usual for this customer."),
        "orders_ever": texts("Orders of all time that count."),
        "revenue_ever": texts("Money of these orders; returns without an order are not taken off."),
    }
